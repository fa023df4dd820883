import Encodings

/// A node of a file of Project Wycheproof, with the few ways in which its fields are read.
struct WycheproofNode {
  let tape: JSONTape
  let node: JSONTape.Node

  subscript(name: String) -> WycheproofNode? { tape.member(node, name).map { WycheproofNode(tape: tape, node: $0) } }

  var elements: [WycheproofNode] { tape.children(node).map { WycheproofNode(tape: tape, node: $0) } }
  var text: String? { tape.string(node) }
  var number: String? { tape.numberText(node) }
  var integer: Int? { number.flatMap { Int($0) } }

  /// A field that must be there.
  func text(_ name: String) throws(WycheproofFault) -> String {
    guard let text = self[name]?.text else { throw .notWycheproof }
    return text
  }

  /// A number that must be there.
  func integer(_ name: String) throws(WycheproofFault) -> Int {
    guard let integer = self[name]?.integer else { throw .notWycheproof }
    return integer
  }

  /// A field in hex, as everything binary is written there.
  func bytes(_ name: String) throws(WycheproofFault) -> [UInt8] {
    guard let bytes = self[name]?.text.flatMap({ Hex.decode($0, allowUpperCase: true) }) else {
      throw .notWycheproof
    }
    return bytes
  }
}
