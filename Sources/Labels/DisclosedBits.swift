/// What a run has let out of secret values by its conditions: bits counted for each origin, up to a limit.
///
/// The claim is about explicit flows, and implicit flows counted; not about termination or timing. A run that is
/// rebuilt after a restart counts anew from its recorded conditions (`charge`), so the limit holds for the run;
/// one that a step starts begins with what its starter had let out (`begin`), so it holds for the chain.
package struct DisclosedBits: Equatable, Sendable {
  /// Bits for each secret origin.
  package private(set) var counts: [Origin: Int] = [:]
  /// The most bits of one origin.
  package let limit: Int

  package static let defaultLimit = 8

  package init(limit: Int = Self.defaultLimit) { self.limit = limit }

  /// Begins with what the runs before this one in a chain have let out: nothing that is counted already becomes less.
  package mutating func begin(with spent: SpentBits) { counts.merge(spent.counts, uniquingKeysWith: max) }

  /// Lets the answer of a condition out: one bit of every secret origin in its label, or the fault that it met, which
  /// is as telling. Throws `declassificationLimit` and lets nothing out when an origin has no bit left.
  package mutating func disclose(_ bit: LabeledBit) throws(ValueFault) -> Bool {
    try charge(bits: 1, label: bit.label)
    return try bit.outcome.get()
  }

  /// Counts an iteration over `count` elements: their number tells log₂ of it, rounded up.
  package mutating func chargeIteration(count: Int, label: Label) throws(ValueFault) {
    var bits = 0
    while bits < 63, 1 << bits < count { bits += 1 }
    try charge(bits: bits, label: label)
  }

  /// Counts `bits` for every secret origin of `label`, all or none.
  package mutating func charge(bits: Int, label: Label) throws(ValueFault) {
    let origins = label.secretOrigins
    for origin in origins where counts[origin, default: 0] + bits > limit {
      throw .declassificationLimit(origin: origin)
    }
    for origin in origins { counts[origin, default: 0] += bits }
  }
}
