import Labels

/// A parameter as the server is told it: as text, with its type where the value has one of its own. A text's type is
/// what the statement makes of its place.
struct PostgresParameter {
  let type: UInt32
  /// Nil for NULL.
  let text: [UInt8]?

  /// Oids of pg_type.
  private static let boolean: UInt32 = 16
  private static let bigint: UInt32 = 20
  private static let smallint: UInt32 = 21
  private static let integer: UInt32 = 23
  private static let numeric: UInt32 = 1_700
  private static let unknown: UInt32 = 0

  /// Throws `value` for a text with NUL, which PostgreSQL has not.
  init(_ value: StatementValue) throws(SourceFault) {
    switch value {
    case .null: (type, text) = (Self.unknown, nil)
    case .boolean(let isTrue): (type, text) = (Self.boolean, Array((isTrue ? "true" : "false").utf8))
    case .integer(let digits): (type, text) = (Self.type(ofInteger: digits), digits)
    case .decimal(let digits): (type, text) = (Self.numeric, digits)
    case .text(let bytes), .json(let bytes):
      guard !bytes.contains(0) else { throw .value("a text with the character U+0000") }
      (type, text) = (Self.unknown, bytes)
    }
  }

  /// The smallest type that holds it: it widens by itself where the statement needs it.
  private static func type(ofInteger digits: [UInt8]) -> UInt32 {
    guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { return numeric }
    if Int16(exactly: number) != nil { return smallint }
    return Int32(exactly: number) != nil ? integer : bigint
  }
}
