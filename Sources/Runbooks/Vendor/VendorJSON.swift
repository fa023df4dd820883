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

  /// As `set`, unless what is kept reads as the same number.
  mutating func keep(_ key: String, _ number: Int64) {
    guard node?[key]?.integer != number else { return }
    set(key, number)
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
    guard !result.isEmpty else { return }
    set(key, json: "[" + result.joined(separator: ",") + "]")
  }

  var text: String {
    "{" + entries.map { JSONText.quoted($0.key) + ":" + $0.json }.joined(separator: ",") + "}"
  }

  func finish() -> [UInt8] { Array(text.utf8) }
}
