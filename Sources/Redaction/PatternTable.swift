internal import Cryptography

/// All patterns of a matcher: their bytes, in locked memory that is wiped with the matcher, and what is to be known
/// when one of them is found.
struct PatternTable: Sendable, MaskedPrinting {
  /// What a pattern is.
  struct Row: Sendable {
    /// Where its bytes begin in the table's.
    var start: Int
    var count: Int
    /// Index of the secret.
    var secret: UInt32
    var kind: FormKind
    var traits: Traits
    /// `=` that may follow.
    var padding: UInt8
    /// Of a fragment: bytes of the secret before and after it.
    var before: UInt16 = 0
    var after: UInt16 = 0
  }

  /// How a pattern is compared.
  struct Traits: OptionSet, Sendable {
    let rawValue: UInt8
    static let ignoresCase = Traits(rawValue: 1)
    static let sharesFirst = Traits(rawValue: 2)
    static let sharesLast = Traits(rawValue: 4)
    static let borderOnly = Traits(rawValue: 8)
    /// One of several pieces of a secret; those that touch are one place.
    static let piece = Traits(rawValue: 16)
  }

  private(set) var rows: [Row]
  private let bytes: GuardedBytes

  /// The table of `rows`, whose bytes are in `bytes`.
  init(rows: [Row], bytes: [UInt8]) {
    self.rows = rows
    self.bytes = GuardedBytes(copying: bytes, placement: .arena)
  }

  /// The longest pattern, in bytes.
  var longest: Int { rows.map(\.count).max() ?? 0 }

  /// The bytes of all patterns together.
  var byteCount: Int { bytes.count }

  /// Lends the bytes of all patterns.
  func withBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try bytes.withBytes(body)
  }
}
