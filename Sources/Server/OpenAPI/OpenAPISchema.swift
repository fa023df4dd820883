import Encodings

/// A schema: as much of JSON Schema 2020-12 as the description of the interface needs.
indirect enum OpenAPISchema: Sendable {
  /// One key of an object.
  struct Member: Sendable {
    let name: String
    let schema: OpenAPISchema
    let isRequired: Bool
    let note: String?

    /// A key that is always there.
    static func always(_ name: String, _ schema: OpenAPISchema, _ note: String? = nil) -> Member {
      Member(name: name, schema: schema, isRequired: true, note: note)
    }

    /// A key that is left out where there is nothing to say.
    static func sometimes(_ name: String, _ schema: OpenAPISchema, _ note: String? = nil) -> Member {
      Member(name: name, schema: schema, isRequired: false, note: note)
    }
  }

  /// Any JSON value.
  case anything
  case text
  /// Text of at least one character.
  case filled
  /// A time in RFC 3339.
  case time
  /// One of these words.
  case oneOf([String])
  case flag
  /// `true`, and never `false`.
  case yes
  case integer(from: Int? = nil, through: Int? = nil)
  case number
  /// `from` to `through` values of one schema.
  case list(OpenAPISchema, from: Int? = nil, through: Int? = nil)
  /// These keys and no other.
  case object([Member])
  /// These keys; others may stand beside them.
  case open([Member])
  /// Any keys, all values of one schema.
  case mapping(OpenAPISchema)
  /// A schema of `OpenAPISchemas.named`.
  case named(String)
  case orNull(OpenAPISchema)
  case either([OpenAPISchema])

  func write(note: String? = nil, to writer: inout JSONWriter) {
    writer.beginObject()
    writeKeywords(to: &writer)
    if let note {
      writer.key("description")
      writer.string(note)
    }
    writer.endObject()
  }

  private func writeKeywords(to writer: inout JSONWriter) {
    switch self {
    case .anything: break
    case .text: Self.write(type: "string", to: &writer)
    case .filled:
      Self.write(type: "string", to: &writer)
      Self.write("minLength", 1, to: &writer)
    case .time: Self.write(type: "string", format: "date-time", to: &writer)
    case .oneOf(let words): Self.write(words, to: &writer)
    case .flag: Self.write(type: "boolean", to: &writer)
    case .yes:
      writer.key("const")
      writer.bool(true)
    case .integer(let from, let through):
      Self.write(type: "integer", to: &writer)
      Self.write("minimum", from, to: &writer)
      Self.write("maximum", through, to: &writer)
    case .number: Self.write(type: "number", to: &writer)
    case .list(let items, let from, let through):
      Self.write(type: "array", to: &writer)
      writer.key("items")
      items.write(to: &writer)
      Self.write("minItems", from, to: &writer)
      Self.write("maxItems", through, to: &writer)
    case .object(let members):
      Self.write(members, to: &writer)
      writer.key("additionalProperties")
      writer.bool(false)
    case .open(let members): Self.write(members, to: &writer)
    case .mapping(let values):
      Self.write(type: "object", to: &writer)
      writer.key("additionalProperties")
      values.write(to: &writer)
    case .named(let name):
      writer.key("$ref")
      writer.string("#/components/schemas/\(name)")
    case .orNull(.text): Self.write(type: "string", orNull: true, to: &writer)
    case .orNull(.time): Self.write(type: "string", orNull: true, format: "date-time", to: &writer)
    case .orNull(let schema): Self.write([schema], orNull: true, to: &writer)
    case .either(let schemas): Self.write(schemas, orNull: false, to: &writer)
    }
  }

  private static func write(
    type: String, orNull: Bool = false, format: String? = nil, to writer: inout JSONWriter
  ) {
    writer.key("type")
    if orNull {
      writer.beginArray()
      writer.string(type)
      writer.string("null")
      writer.endArray()
    } else {
      writer.string(type)
    }
    if let format {
      writer.key("format")
      writer.string(format)
    }
  }

  private static func write(_ bound: String, _ value: Int?, to writer: inout JSONWriter) {
    guard let value else { return }
    writer.key(bound)
    writer.integer(Int64(value))
  }

  private static func write(_ words: [String], to writer: inout JSONWriter) {
    write(type: "string", to: &writer)
    if words.count == 1 {
      writer.key("const")
      writer.string(words[0])
    } else {
      writer.key("enum")
      writer.beginArray()
      for word in words { writer.string(word) }
      writer.endArray()
    }
  }

  private static func write(_ members: [Member], to writer: inout JSONWriter) {
    write(type: "object", to: &writer)
    guard !members.isEmpty else { return }
    writer.key("properties")
    writer.beginObject()
    for member in members {
      writer.key(member.name)
      member.schema.write(note: member.note, to: &writer)
    }
    writer.endObject()
    let required = members.filter(\.isRequired)
    guard !required.isEmpty else { return }
    writer.key("required")
    writer.beginArray()
    for member in required { writer.string(member.name) }
    writer.endArray()
  }

  private static func write(_ schemas: [OpenAPISchema], orNull: Bool, to writer: inout JSONWriter) {
    writer.key("anyOf")
    writer.beginArray()
    for schema in schemas { schema.write(to: &writer) }
    if orNull {
      writer.beginObject()
      write(type: "null", to: &writer)
      writer.endObject()
    }
    writer.endArray()
  }
}
