import Encodings

/// A place in a JSON answer, read without ceremony: what is not there, or is of another kind, is nil.
struct JSONView: Sendable {
  private let tape: JSONTape
  private let node: JSONTape.Node

  /// Lists of runs and of ledger entries are larger than what a stranger may send.
  private static let limits = JSONLimits(maximumBytes: 64 << 20, maximumDepth: 64, maximumNodes: 4_000_000)

  /// Nil for what is not JSON.
  init?(_ bytes: some Collection<UInt8>) {
    guard let tape = try? JSONTape(Array(bytes), limits: Self.limits) else { return nil }
    self.init(tape: tape, node: tape.root)
  }

  private init(tape: JSONTape, node: JSONTape.Node) {
    self.tape = tape
    self.node = node
  }

  subscript(key: String) -> JSONView? { tape.member(node, key).map { JSONView(tape: tape, node: $0) } }

  /// The elements of an array.
  var items: [JSONView] {
    tape.kind(node) == .array ? tape.children(node).map { JSONView(tape: tape, node: $0) } : []
  }

  /// The members of an object, in their order.
  var members: [(key: String, value: JSONView)] {
    guard tape.kind(node) == .object else { return [] }
    return tape.children(node).map { (tape.key($0) ?? "", JSONView(tape: tape, node: $0)) }
  }

  var string: String? { tape.string(node) }
  var integer: Int? { tape.integer(node).flatMap { Int(exactly: $0) } }
  var bool: Bool? { tape.bool(node) }
  var isNull: Bool { tape.kind(node) == .null }

  /// The strings of an array.
  var strings: [String] { items.compactMap(\.string) }

  /// A string's content, or the JSON text of anything else; empty for null.
  var shown: String {
    if let string { return string }
    return isNull ? "" : String(decoding: tape.text(node), as: UTF8.self)
  }
}
