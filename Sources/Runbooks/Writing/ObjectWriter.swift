import Encodings

/// `JSONWriter` with the habits of documents: a key is written only when it says something.
struct ObjectWriter {
  private var writer = JSONWriter()

  mutating func object(_ body: (inout ObjectWriter) -> Void) {
    writer.beginObject()
    body(&self)
    writer.endObject()
  }

  mutating func object(_ key: String, _ body: (inout ObjectWriter) -> Void) {
    writer.key(key)
    object(body)
  }

  mutating func array<Elements: Sequence>(
    _ key: String, _ elements: Elements, _ body: (Elements.Element, inout ObjectWriter) -> Void
  ) {
    writer.key(key)
    array(elements, body)
  }

  mutating func array<Elements: Sequence>(
    _ elements: Elements, _ body: (Elements.Element, inout ObjectWriter) -> Void
  ) {
    writer.beginArray()
    for element in elements { body(element, &self) }
    writer.endArray()
  }

  mutating func text(_ key: String, _ value: String?) {
    guard let value else { return }
    writer.key(key)
    writer.string(value)
  }

  mutating func text(_ key: String, _ value: String, unless standard: String) {
    if !value.utf8.elementsEqual(standard.utf8) { text(key, value) }
  }

  mutating func bool(_ key: String, _ value: Bool, unless standard: Bool) {
    guard value != standard else { return }
    writer.key(key)
    writer.bool(value)
  }

  mutating func integer(_ key: String, _ value: Int?, unless standard: Int? = nil) {
    guard let value, value != standard else { return }
    writer.key(key)
    writer.integer(Int64(value))
  }

  mutating func duration(_ key: String, _ value: Duration?) {
    text(key, value.map(DurationText.text))
  }

  mutating func texts(_ key: String, _ values: [String]) {
    guard !values.isEmpty else { return }
    array(key, values) { value, writer in writer.string(value) }
  }

  mutating func raw(_ key: String, _ json: String) {
    writer.key(key)
    writer.raw(json.utf8)
  }

  mutating func vendor(_ extras: VendorExtras) {
    guard !extras.isEmpty else { return }
    object("vendor") { writer in
      for entry in extras.entries { writer.raw(entry.key, entry.json) }
    }
  }

  mutating func string(_ value: String) { writer.string(value) }

  mutating func json(_ text: String) { writer.raw(text.utf8) }

  func finish() -> [UInt8] { writer.finish() }
}
