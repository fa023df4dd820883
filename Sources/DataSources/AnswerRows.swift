import Encodings
import Labels

/// One value of a row, as its database gave it.
enum ColumnValue {
  case null
  case boolean(Bool)
  /// The number's own text; what is no JSON number is written as a string.
  case number([UInt8])
  case text([UInt8])
  /// Written as it is: one JSON value.
  case json([UInt8])
  /// Written in base 64.
  case binary([UInt8])
}

/// What a statement brought.
package struct SourceAnswer: Sendable {
  /// A JSON array with an object for each row.
  package let json: [UInt8]
  package let rows: Int
}

/// Writes rows as a JSON array of objects, within bounds.
struct AnswerRows {
  private let names: [[UInt8]]
  /// As they are told of.
  private let columns: [String]
  private let maximumRows: Int
  private let maximumBytes: Int
  private var bytes: [UInt8] = [UInt8(ascii: "[")]
  private var rows = 0

  /// Throws `columns` where two have the same name, and `value` for a name that is no UTF-8.
  init(columns: [[UInt8]], _ limits: StatementLimits) throws(SourceFault) {
    guard Set(columns).count == columns.count else { throw .columns }
    guard columns.allSatisfy({ UTF8Text.isValid($0) }) else { throw .value("a column's name") }
    self.columns = columns.map { String(String(decoding: $0, as: UTF8.self).prefix(Self.longestShown)) }
    names = columns.map { name in
      var quoted: [UInt8] = []
      JSONText.appendQuoted(name, to: &quoted)
      return quoted + [UInt8(ascii: ":")]
    }
    maximumRows = limits.maximumRows
    maximumBytes = limits.maximumBytes
  }

  /// Characters of a column's name that are told.
  private static let longestShown = 64

  /// What a JSON value may be: the array of the rows and the row stand around it.
  private static let jsonLimits: JSONLimits = {
    var limits = JSONLimits.values
    limits.maximumDepth -= 2
    return limits
  }()

  /// Throws `tooLarge` where it is a row or a byte too many, or JSON is over a limit, and `value` for JSON that is none here.
  mutating func append(_ values: [ColumnValue]) throws(SourceFault) {
    guard rows < maximumRows else { throw .tooLarge(.rows(limit: maximumRows)) }
    bytes.append(contentsOf: rows == 0 ? [UInt8(ascii: "{")] : [UInt8(ascii: ","), UInt8(ascii: "{")])
    rows += 1
    for (index, (name, value)) in zip(names, values).enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += name
      try append(value, column: columns[index])
      try checkSize()
    }
    bytes.append(UInt8(ascii: "}"))
    try checkSize()
  }

  private func checkSize() throws(SourceFault) {
    guard bytes.count < maximumBytes else { throw .tooLarge(.bytes(limit: maximumBytes)) }
  }

  private mutating func append(_ value: ColumnValue, column: String) throws(SourceFault) {
    switch value {
    case .null: bytes += Array("null".utf8)
    case .boolean(let isTrue): bytes += Array((isTrue ? "true" : "false").utf8)
    case .number(let text) where JSONNumber.isOne(text): bytes += text
    case .json(let text):
      try Self.check(json: text, column: column)
      bytes += text
    case .number(let text), .text(let text):
      guard UTF8Text.isValid(text) else { throw .value("a text that is no UTF-8") }
      JSONText.appendQuoted(text, to: &bytes)
    case .binary(let content): JSONText.appendQuoted(Base64.encodeBytes(content), to: &bytes)
    }
  }

  /// A database takes as JSON what is none here: a key twice in one object, half of a surrogate pair.
  private static func check(json text: [UInt8], column: String) throws(SourceFault) {
    do throws(JSONFault) {
      _ = try JSONTape(text, limits: jsonLimits)
    } catch {
      if let excess = JSONExcess(error, limits: .values) { throw .tooLarge(.json(column: column, excess)) }
      throw .value(
        "the JSON of the column `\(column)` (\(error.summary)); cast it in the statement: `::text` gives it as a text, and "
          + "`::jsonb` keeps the last of equal keys")
    }
  }

  func finish() -> SourceAnswer { SourceAnswer(json: bytes + [UInt8(ascii: "]")], rows: rows) }
}

/// RFC 8259 §6.
enum JSONNumber {
  static func isOne(_ text: [UInt8]) -> Bool {
    guard let first = text.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else { return false }
    return (try? JSONTape(text)) != nil
  }
}
