import Encodings
import SourceText

/// One object in the vendor's form while it is written: what was kept of an import comes first, in its order, and what
/// the native document says is set beside it or in its place.
struct VendorJSON {
  private(set) var entries: [(key: String, json: String)]

  /// - Parameter extras: what is kept; rows of tables (`headers[3]`) are left to `setRows`.
  init(_ extras: VendorExtras = VendorExtras()) {
    entries = extras.entries.filter { !$0.key.hasSuffix("]") }.map { ($0.key, $0.json) }
  }

  func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

  /// The kept objects as an import reads them.
  var node: SourceNode? { StoredDocument.node(finish()) }

  /// What stands under one key.
  func value(_ key: String) -> SourceNode? {
    entries.first { $0.key == key }.flatMap { StoredDocument.node(Array($0.json.utf8)) }
  }

  /// The text under one key as an import reads it: null and nothing are none.
  func text(under key: String) -> String? {
    guard let value = value(key), !value.isNull, let text = value.text, !text.isEmpty else { return nil }
    return text
  }

  mutating func set(_ key: String, json: String) {
    if let index = entries.firstIndex(where: { $0.key == key }) {
      entries[index].json = json
    } else {
      entries.append((key, json))
    }
  }

  mutating func set(_ key: String, _ text: String?) {
    guard let text else { return }
    set(key, json: JSONText.quoted(text))
  }

  mutating func set(_ key: String, _ number: Int64?) {
    guard let number else { return }
    set(key, json: String(number))
  }

  mutating func set(_ key: String, _ flag: Bool) { set(key, json: flag ? "true" : "false") }

  /// Whether it has something other than nothing, null, false, zero or emptiness under a key.
  func says(_ key: String) -> Bool { value(key).map { !VendorObject.isBlank($0) } ?? false }

  /// As `says`, of a key that holds a number or a flag.
  func isSet(_ key: String) -> Bool { says(key) && value(key)?.flag != false }

  /// A flag as an import reads it.
  ///
  /// - Parameter unreadable: what is read of a value that is neither true nor false.
  func flag(_ key: String, unset: Bool = false, unreadable: Bool = false) -> Bool {
    guard let value = value(key), !value.isNone else { return unset }
    return value.flag ?? unreadable
  }

  mutating func remove(_ key: String) { entries.removeAll { $0.key == key } }

  /// As `set`, unless what is kept reads as the same number.
  ///
  /// - Parameter unset: what null reads as.
  mutating func keep(_ key: String, _ number: Int64, unset: Int64? = nil) {
    guard let kept = value(key), (kept.isNone ? unset : kept.whole) == number else { return set(key, number) }
  }

  // MARK: What is kept stays where it reads as the same

  /// Says nothing under a key any more. By null: the vendor keeps what it has where a key is missing.
  mutating func clear(_ key: String) {
    if has(key) { set(key, json: "null") }
  }

  /// A text; null and nothing are none.
  mutating func fill(_ key: String, _ text: String?) {
    guard self.text(under: key) != text else { return }
    if let text { set(key, text) } else { clear(key) }
  }

  /// A number that an import takes from this range alone.
  ///
  /// - Parameter unset: what another one is read as.
  mutating func fill(_ key: String, _ number: Int64?, in range: ClosedRange<Int64>, unset: Int64? = nil) {
    let kept = value(key)?.whole.flatMap { range.contains($0) ? $0 : nil }
    guard has(key) ? (kept ?? unset) != number : number != nil else { return }
    if let number { set(key, number) } else { clear(key) }
  }

  /// A flag. One that is missing is written.
  ///
  /// - Parameters:
  ///   - unset: what null is read as.
  ///   - unreadable: what a value is read as that is neither true nor false.
  mutating func fill(_ key: String, _ flag: Bool, unset: Bool = false, unreadable: Bool = false) {
    guard has(key), self.flag(key, unset: unset, unreadable: unreadable) == flag else { return set(key, flag) }
  }

  /// Objects as a list, with the blank rows that an import kept at the places where they were.
  mutating func setRows(_ key: String, _ rows: [VendorJSON], blanks extras: VendorExtras = VendorExtras()) {
    var result: [String] = []
    var rest = rows.map(\.text)[...]
    let blanks = extras.entries.compactMap { entry -> (index: Int, json: String)? in
      guard entry.key.hasPrefix(key + "["), entry.key.hasSuffix("]") else { return nil }
      return Int(entry.key.dropFirst(key.utf8.count + 1).dropLast()).map { ($0, entry.json) }
    }
    for blank in blanks.sorted(by: { $0.index < $1.index }) {
      while result.count < blank.index, let row = rest.popFirst() { result.append(row) }
      result.append(blank.json)
    }
    result += rest
    // What is no list says nothing that an import reads.
    guard !result.isEmpty || (says(key) && value(key)?.sequence != nil) else { return }
    set(key, json: "[" + result.joined(separator: ",") + "]")
  }

  var text: String {
    "{" + entries.map { JSONText.quoted($0.key) + ":" + $0.json }.joined(separator: ",") + "}"
  }

  func finish() -> [UInt8] { Array(text.utf8) }
}
