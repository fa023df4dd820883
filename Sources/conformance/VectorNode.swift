import Encodings
import Glibc

/// A node of a file of vectors, with the few ways in which its fields are read.
struct VectorNode {
  let tape: JSONTape
  let node: JSONTape.Node

  /// The root of a file; nil where it cannot be read or is no JSON.
  init?(path: String) {
    let limits = JSONLimits(maximumBytes: 64 << 20, maximumDepth: 64, maximumNodes: 4_000_000)
    guard let bytes = Self.read(path), let tape = try? JSONTape(bytes, limits: limits) else { return nil }
    self.init(tape: tape, node: tape.root)
  }

  private init(tape: JSONTape, node: JSONTape.Node) {
    self.tape = tape
    self.node = node
  }

  subscript(name: String) -> VectorNode? { tape.member(node, name).map { VectorNode(tape: tape, node: $0) } }

  var elements: [VectorNode] { tape.children(node).map { VectorNode(tape: tape, node: $0) } }
  var key: String? { tape.key(node) }
  var text: String? { tape.string(node) }
  var integer: Int64? { tape.integer(node) }
  var isTrue: Bool { tape.kind(node) == .true }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return ferror(file) == 0 ? bytes : nil }
      bytes.append(contentsOf: chunk[..<count])
    }
  }
}
