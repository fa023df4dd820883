extension DocumentWriter {
  /// The template as one JSON text without white space.
  package static func json(_ document: TemplateDocument) -> [UInt8] {
    var writer = ObjectWriter()
    writer.object { writer in
      writer.text("template", document.id)
      writer.text("notes", document.notes, unless: "")
      writer.text("subject", document.subject)
      if let text = document.text { writer.text("text", text) }
      if let html = document.html { writer.text("html", html) }
    }
    return writer.finish()
  }
}

extension TemplateDocument {
  /// How the document is stored: native JSON that reads back to the identical value.
  package var canonicalJSON: [UInt8] { DocumentWriter.json(self) }

  /// Reads a stored document. `nil` when the bytes are no template of ours, which is damage.
  package init?(canonicalJSON: [UInt8]) {
    guard let node = StoredDocument.node(canonicalJSON) else { return nil }
    var context = ReadingContext(file: "stored")
    guard let document = TemplateReader.read(node, &context), StoredDocument.isSound(context) else { return nil }
    self = document
  }
}
