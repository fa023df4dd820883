import Encodings
import Webhooks

extension DocumentWriter {
  /// The scheme as one JSON text without white space.
  package static func json(_ document: SchemeDocument) -> [UInt8] {
    var writer = ObjectWriter()
    writer.object { writer in
      writer.text("scheme", document.id)
      writer.text("notes", document.notes, unless: "")
      writer.texts("accept_warnings", document.acceptedWarnings)
      writer.bool("replaces_built_in", document.replacesBuiltIn, unless: false)
      writer.raw("definition", String(decoding: SchemeWriting.json(document.definition), as: UTF8.self))
    }
    return writer.finish()
  }
}

extension SchemeDocument {
  /// How the document is stored: native JSON that reads back to the identical value.
  package var canonicalJSON: [UInt8] { DocumentWriter.json(self) }

  /// Reads a stored document. `nil` when the bytes are no scheme of ours, which is damage.
  package init?(canonicalJSON: [UInt8]) {
    guard let node = StoredDocument.node(canonicalJSON) else { return nil }
    var context = ReadingContext(file: "stored")
    guard let document = SchemeReader.read(node, &context), StoredDocument.isSound(context) else { return nil }
    self = document
  }
}
