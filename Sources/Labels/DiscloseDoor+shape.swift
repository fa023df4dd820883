import Encodings

extension DiscloseDoor {
  /// The deepest level, and the most members of one object, that a shape shows; the longest name.
  private static let shapeDepth = 8
  private static let shapeMembers = 64
  private static let shapeNameBytes = 64

  /// What a value looks like and nothing of what it says: of JSON the names of members and the types of values, the
  /// first element standing for all of an array; of another text, that it is one. A name in which a known secret is
  /// found is not shown, and where the net is not whole no name is.
  package static func shape(_ text: LabeledText, view: DisclosureView) -> Disclosed {
    guard let json = try? LabeledJSON(reading: text) else { return Disclosed(vouched: "\"text\"") }
    var writer = JSONWriter()
    write(json.tape, json.tape.root, depth: 0, view, to: &writer)
    return Disclosed(vouched: String(decoding: writer.finish(), as: UTF8.self))
  }

  private static func write(
    _ tape: JSONTape, _ node: JSONTape.Node, depth: Int, _ view: DisclosureView, to writer: inout JSONWriter
  ) {
    switch tape.kind(node) {
    case .object:
      guard depth < shapeDepth else { return writer.string("object") }
      writer.beginObject()
      for (index, child) in tape.children(node).prefix(shapeMembers).enumerated() {
        writer.key(name(tape.keyBytes(child) ?? [], index, view))
        write(tape, child, depth: depth + 1, view, to: &writer)
      }
      writer.endObject()
    case .array:
      guard depth < shapeDepth else { return writer.string("array") }
      writer.beginArray()
      if let first = tape.firstChild(node) { write(tape, first, depth: depth + 1, view, to: &writer) }
      writer.endArray()
    case .string: writer.string("string")
    case .number: writer.string("number")
    case .true, .false: writer.string("boolean")
    case .null: writer.string("null")
    }
  }

  /// Hidden names stay apart by their place.
  private static func name(_ bytes: [UInt8], _ index: Int, _ view: DisclosureView) -> String {
    guard view.isComplete, bytes.count <= shapeNameBytes, view.matcher.matches(in: bytes, scope: .all).isEmpty else {
      return "(name \(index + 1))"
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
