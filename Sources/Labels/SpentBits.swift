/// What a run has let out of its secrets when it starts another one: that one begins with it, so that a chain of runs has
/// the bits of one. Names and numbers only; it stands in the recorded beginning of the run (docs/spec/run-history.md).
package struct SpentBits: Hashable, Sendable {
  /// Bits for each secret origin; none is without any.
  package let counts: [Origin: Int]
  /// How many steps were taken since a value last made one fail: that none of them failed is told when one does.
  package let steps: Int

  /// Nothing was let out.
  package static let none = SpentBits()

  /// The most origins that are handed on. A run with more of them starts no other one.
  package static let maximumOrigins = 1_024
  /// The most bits of one origin that are read back: far above any limit.
  package static let maximumBits = 255

  private init() {
    counts = [:]
    steps = 0
  }

  /// - Parameters:
  ///   - counts: bits for each origin, from 1 to `maximumBits`; at most `maximumOrigins` of them.
  ///   - steps: from 0.
  ///
  /// Nil where they are not.
  package init?(counts: [Origin: Int], steps: Int) {
    guard steps >= 0, counts.count <= Self.maximumOrigins,
      counts.values.allSatisfy({ (1...Self.maximumBits).contains($0) })
    else { return nil }
    self.counts = counts
    self.steps = steps
  }

  /// Its parts in their order, for the recorded form: each origin by the fields of docs/spec/labels.md.
  package var rows: [(origin: [String], bits: Int)] {
    counts.sorted { $0.key < $1.key }.map { ($0.key.fields, $0.value) }
  }

  /// Reads what `rows` gave; nil for anything else, an origin that stands twice among it.
  package init?(rows: [(origin: [String], bits: Int)], steps: Int) {
    var counts: [Origin: Int] = [:]
    for row in rows {
      guard let origin = Origin(fields: row.origin), counts.updateValue(row.bits, forKey: origin) == nil else {
        return nil
      }
    }
    self.init(counts: counts, steps: steps)
  }
}

extension DisclosedBits {
  /// What a run that is started now begins with, so many steps after the last failure. Nil where that is more than can
  /// be handed on.
  package func spent(steps: Int) -> SpentBits? { SpentBits(counts: counts.filter { $0.value > 0 }, steps: steps) }
}
