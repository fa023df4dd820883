package import Encodings

extension SourceNode {
  /// The value as JSON text without white space: keys in their order, numbers as written, strings with only the escapes
  /// that are needed.
  package var jsonText: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.finish()
  }

  /// Writes the value where `writer` expects one.
  package func write(to writer: inout JSONWriter) {
    switch kind {
    case .mapping(let members):
      writer.beginObject()
      for (key, value) in members {
        writer.key(key.text ?? "")
        value.write(to: &writer)
      }
      writer.endObject()
    case .sequence(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .scalar(let text, _, .string): writer.string(text)
    case .scalar(let text, _, .number): writer.raw(text.utf8)
    case .scalar(_, _, .true): writer.bool(true)
    case .scalar(_, _, .false): writer.bool(false)
    case .scalar(_, _, .null): writer.null()
    }
  }
}
