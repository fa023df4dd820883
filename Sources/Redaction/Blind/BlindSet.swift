/// A blind set that was read: enough to recognise its secrets in text, not to write them down.
package final class BlindSet: Sendable {
  /// What a mask and the search need to know of a secret.
  struct Secret: Sendable {
    /// The secret's length, rounded up to four.
    var rounded: Int
    /// It holds neither blanks nor controls.
    var isOneWord: Bool
    var name: SecretName
  }

  /// One form of one secret.
  struct Row: Sendable, MaskedPrinting {
    var filter: UInt32
    var secret: Int
    var form: BlindForm
    var tag: BlindTag
  }

  static let magic = Array("chancery blind\n".utf8) + [1]
  /// Secrets in one set. More would make the filter pass too much of any text.
  package static let maximumSecrets = 10_000
  /// Bytes of one secret.
  package static let maximumBytes = 4096
  static let headerCount = 40
  static let rowCount = 19
  static let recordCount = 3 + rowCount * BlindForm.allCases.count
  static let checkCount = 32

  let key: BlindKey
  let secrets: [Secret]
  let filter: BlindFilter
  /// Rows by the width of their window and their filter value.
  let shortRows: [Row]
  let longRows: [Row]
  let masks: [[UInt8]]
  /// The most bytes that a stream holds back: the longest form, spread by escapes and line breaks.
  package let holdBack: Int
  /// The longest form.
  let longest: Int

  /// Reads a set, strictly: every byte is accounted for, and the check over all of them is right.
  package init(bytes: [UInt8], key: BlindKey) throws(BlindSetFault) {
    let layout = try Layout(bytes)
    guard Array(bytes[16..<32]) == key.identifier else { throw .otherKey }
    let end = bytes.count - BlindSet.checkCount
    guard Array(bytes[end...]) == key.check(of: bytes[..<end]) else { throw .altered }
    let names = try layout.names(bytes)
    var secrets: [Secret] = []
    var rows: [Row] = []
    for index in 0..<layout.count {
      let start = BlindSet.headerCount + index * BlindSet.recordCount
      let rounded = Layout.number(bytes[start..<start + 2])
      let flags = bytes[start + 2]
      guard (BlindStrength.minimumBytes...BlindSet.maximumBytes).contains(rounded), rounded.isMultiple(of: 4),
        flags <= 1
      else { throw .badRecord(number: index + 1) }
      let name = SecretName(
        names.isEmpty ? "blind-\(index + 1)" : names[index], keyedHash: key.pseudonymHash(secret: index))
      secrets.append(Secret(rounded: rounded, isOneWord: flags == 1, name: name))
      rows += BlindSet.rows(bytes[(start + 3)..<(start + BlindSet.recordCount)], index, key)
    }
    self.key = key
    self.secrets = secrets
    shortRows = rows.filter { !$0.form.hasLongWindow }.sorted { $0.filter < $1.filter }
    longRows = rows.filter { $0.form.hasLongWindow }.sorted { $0.filter < $1.filter }
    filter = BlindFilter(
      BlindWindowHasher(key), short: shortRows.map(\.filter), long: longRows.map(\.filter))
    masks = secrets.map { Array(Mask.text($0.name).utf8) }
    longest = 2 * (secrets.map(\.rounded).max() ?? 0)
    holdBack = RedactionLimits.maximumSpan(ofForm: longest) + RedactionLimits.surroundings
  }

  /// How many secrets it knows.
  package var count: Int { secrets.count }

  /// The length of a secret, rounded up to four.
  static func rounded(_ count: Int) -> Int { (count + 3) / 4 * 4 }

  /// The rows of one width with this filter value.
  func rows(_ value: UInt32, isLong: Bool) -> ArraySlice<Row> {
    let rows = isLong ? longRows : shortRows
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].filter < value { low = middle + 1 } else { high = middle }
    }
    var end = low
    while end < rows.count, rows[end].filter == value { end += 1 }
    return rows[low..<end]
  }

  private static func rows(_ bytes: ArraySlice<UInt8>, _ secret: Int, _ key: BlindKey) -> [Row] {
    let pad = key.pad(secret: secret)
    return BlindForm.allCases.map { form in
      let start = bytes.startIndex + Int(form.rawValue) * rowCount
      let mask = Layout.number(pad[3 * Int(form.rawValue)..<3 * Int(form.rawValue) + 3])
      let filter = (Layout.number(bytes[start..<start + 3]) ^ mask) & (1 << Int(BlindWindowHasher.bits) - 1)
      return Row(
        filter: UInt32(truncatingIfNeeded: filter), secret: secret, form: form,
        tag: BlindTag(
          high: Layout.wideNumber(bytes[start + 3..<start + 11]),
          low: Layout.wideNumber(bytes[start + 11..<start + 19])))
    }
  }

  /// The counts of a file, held against its length.
  private struct Layout {
    let count: Int
    let nameBytes: Int

    init(_ bytes: [UInt8]) throws(BlindSetFault) {
      let magic = BlindSet.magic
      guard bytes.starts(with: magic.dropLast()), bytes.count >= magic.count else { throw .notASet }
      guard bytes[magic.count - 1] == magic[magic.count - 1] else {
        throw .otherVersion(Int(bytes[magic.count - 1]))
      }
      let least = BlindSet.headerCount + BlindSet.checkCount
      guard bytes.count >= least else { throw .truncated(bytes: bytes.count, expected: least) }
      count = Layout.number(bytes[32..<36])
      nameBytes = Layout.number(bytes[36..<40])
      guard count <= BlindSet.maximumSecrets else {
        throw .tooLarge(secrets: count, maximum: BlindSet.maximumSecrets)
      }
      let expected = least + count * BlindSet.recordCount + nameBytes
      if bytes.count < expected { throw .truncated(bytes: bytes.count, expected: expected) }
      if bytes.count > expected { throw .tooLong(bytes: bytes.count, expected: expected) }
    }

    /// The names, one for each secret; none where the set keeps none.
    func names(_ bytes: [UInt8]) throws(BlindSetFault) -> [String] {
      guard nameBytes > 0 else { return [] }
      var names: [String] = []
      var index = BlindSet.headerCount + count * BlindSet.recordCount
      let end = index + nameBytes
      while index < end {
        let next = index + 1 + Int(bytes[index])
        guard next <= end, names.count < count,
          let name = String(validating: bytes[index + 1..<next], as: UTF8.self)
        else { throw .badRecord(number: names.count + 1) }
        names.append(name)
        index = next
      }
      guard names.count == count else { throw .badRecord(number: names.count + 1) }
      return names
    }

    /// Of up to four bytes.
    static func number(_ bytes: ArraySlice<UInt8>) -> Int { Int(truncatingIfNeeded: wideNumber(bytes)) }

    static func wideNumber(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
  }
}

extension BlindSet: MaskedPrinting {}
