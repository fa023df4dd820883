import Encodings

/// The JSON Schema of native documents, for editors: made from the same list of keys that the reader uses.
/// `docs/schema/chancery.schema.json` is this text.
package enum DocumentSchema {
  /// The schema, indented, with a line break at its end.
  package static var text: String {
    var writer = ObjectWriter()
    writer.object { writer in
      writer.text("$schema", "https://json-schema.org/draft/2020-12/schema")
      writer.text("title", "Chancery document")
      writer.text(
        "description",
        "An integration, a runbook, a data source, a mail template or a signature scheme; docs/documents.md explains every key."
      )
      writer.array("oneOf", [NativeObject.integration, .runbook, .scheme, .template, .dataSource]) { object, writer in
        writer.object { reference(to: object, in: &$0) }
      }
      writer.object("$defs") { writer in
        for object in NativeObject.allCases {
          writer.object(object.rawValue) { definition(of: object, to: &$0) }
        }
      }
    }
    return DocumentWriter.pretty(writer.finish())
  }

  private static func definition(of object: NativeObject, to writer: inout ObjectWriter) {
    writer.text("type", "object")
    writer.bool("additionalProperties", false, unless: true)
    writer.texts("required", object.keys.filter(\.isRequired).map(\.name))
    if let choice = object.choice { self.choice(choice, to: &writer) }
    writer.object("properties") { writer in
      for key in object.keys {
        writer.object(key.name) { writer in
          writer.text("description", key.summary)
          shape(key.shape, to: &writer)
        }
      }
    }
  }

  private static func choice(_ choice: ChoiceOfKeys, to writer: inout ObjectWriter) {
    func one(_ writer: inout ObjectWriter) {
      writer.array("oneOf", choice.keys) { key, writer in writer.object { $0.texts("required", [key]) } }
    }
    guard let type = choice.type else { return one(&writer) }
    writer.object("if") { writer in
      writer.object("properties") { writer in
        writer.object("type") { $0.texts("enum", [type]) }
      }
    }
    writer.object("then") { one(&$0) }
  }

  private static func reference(to object: NativeObject, in writer: inout ObjectWriter) {
    writer.text("$ref", "#/$defs/\(object.rawValue)")
  }

  private static func shape(_ shape: ValueShape, to writer: inout ObjectWriter) {
    switch shape {
    case .text: writer.text("type", "string")
    case .scalar:
      writer.array("type", ["string", "number", "boolean"]) { type, writer in writer.string(type) }
    case .integer(let range):
      writer.text("type", "integer")
      writer.integer("minimum", range.lowerBound)
      writer.integer("maximum", range.upperBound)
    case .numbers(let numbers):
      writer.array("enum", numbers) { number, writer in writer.json(String(number)) }
    case .pattern(let pattern):
      writer.text("type", "string")
      writer.text("pattern", pattern)
    case .boolean: writer.text("type", "boolean")
    case .duration:
      writer.text("type", "string")
      writer.text("pattern", "^[1-9][0-9]{0,11}(ms|s|m|h|d)$")
    case .choice(let words): writer.texts("enum", words)
    case .anyJSON: break
    case .object(let object): reference(to: object, in: &writer)
    case .list(let element):
      writer.text("type", "array")
      writer.object("items") { Self.shape(element, to: &$0) }
    case .map(let value):
      writer.text("type", "object")
      writer.object("additionalProperties") { Self.shape(value, to: &$0) }
    case .oneOf(let shapes):
      writer.array("anyOf", shapes) { inner, writer in
        writer.object { Self.shape(inner, to: &$0) }
      }
    }
  }
}
