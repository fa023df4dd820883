import Encodings

/// One header with its labels.
package struct LabeledHeader: Sendable {
  package let name: LabeledText
  package let value: LabeledText

  package init(name: LabeledText, value: LabeledText) {
    self.name = name
    self.value = value
  }
}

/// Received headers and queries as values: one JSON object of strings, so that `response_headers^ETag` is a path like
/// any other.
package enum LabeledHeaders {
  /// Headers that stay readable under an encrypted response. The length of the body is not one of them: it would tell
  /// that of what is in it.
  package static let alwaysReadable: Set<String> = ["content-type", "date"]
  /// Headers whose names stay readable there: every answer has them.
  private static let alwaysNamed: Set<String> = alwaysReadable.union(["content-length"])

  /// The headers of a response or of the request that started a run. `label` covers names and values of all but
  /// `alwaysReadable`, where `isEncrypted`; without it, only what is sensitive by itself is marked.
  ///
  /// A name that comes several times has one string, joined by `, ` (RFC 9110 §5.3); `Set-Cookie`, which cannot be
  /// joined, has an array. A value that is no UTF-8 is read as Latin 1, as RFC 9110 §5.5 has it.
  package static func object(
    _ headers: [(name: String, value: [UInt8])], label: Label, isEncrypted: Bool, holder: String
  ) -> LabeledText {
    let clear = clearLabel(of: label)
    return object(
      fields(headers, foldsCase: true) { name, value in
        let lower = name.lowercased()
        let own = isEncrypted && !alwaysReadable.contains(lower) ? label : clear
        var text = LabeledText(text: value, label: own)
        if SensitiveDefaults.headers.contains(lower) {
          text = text.labeled(also: SensitiveDefaults.label(header: name, holder: holder, hosts: label.hosts))
        } else {
          text = SensitiveDefaults.mark(text, holder: holder, hosts: label.hosts)
        }
        let nameLabel: Label
        if isEncrypted {
          nameLabel = alwaysNamed.contains(lower) ? clear : label
        } else {
          nameLabel = .clear
        }
        return LabeledHeader(name: LabeledText(text: Array(name.utf8), label: nameLabel), value: text)
      })
  }

  /// Query pairs of the request that started a run, or those of a form; all of it carries `label`. A name that comes
  /// several times has an array.
  ///
  /// What hides something covers names and values one by one, so that a viewer sees which are there. What hides nothing,
  /// and what would be more ranges than a sender may make, covers the whole.
  package static func query(_ pairs: [(name: [UInt8], value: [UInt8])], label: Label) -> LabeledText {
    let named = pairs.map { (name: String(decoding: $0.name, as: UTF8.self), value: $0.value) }
    let isWhole = !pairs.isEmpty && (!label.isSecret || pairs.count > [LabelSpan].mostFound / 2)
    let own = isWhole ? .clear : label
    return object(
      fields(named, foldsCase: false) { name, value in
        LabeledHeader(
          name: LabeledText(text: Array(name.utf8), label: own), value: LabeledText(text: value, label: own))
      }, base: isWhole ? label : .clear)
  }

  /// Whether the `Content-Type` among headers that were made here is JSON, or a type that is written in it (`+json`).
  static func sayJSON(_ headers: LabeledText) -> Bool {
    guard let json = try? LabeledJSON(reading: headers) else { return false }
    let tape = json.tape
    let types = tape.children(tape.root).filter { tape.key($0)?.lowercased() == "content-type" }
    guard let type = types.first.flatMap({ tape.string($0) }) else { return false }
    let name = type.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    return name == "application/json" || name == "text/json" || name.hasSuffix("+json")
  }

  /// The label without what makes it secret: the same origins, shown.
  private static func clearLabel(of label: Label) -> Label {
    Label(origins: label.origins.map { LabelOrigin($0.origin, .shown) }, hosts: .any)
  }

  /// The fields of one name.
  struct Field {
    fileprivate(set) var isList: Bool
    fileprivate(set) var headers: [LabeledHeader]
  }

  /// Fields by their names, each name once, in the order of first appearance. Names are told apart by their bytes: a
  /// `String` would take two spellings of an accented letter for one.
  struct Gathered {
    /// Whether names differ by more than case, and what comes several times can be one string.
    let foldsCase: Bool
    private(set) var fields: [Field] = []
    private var places: [[UInt8]: Int] = [:]

    init(foldsCase: Bool) { self.foldsCase = foldsCase }

    /// Puts a header behind those of its name, where they are: a sender may send one name thousands of times.
    mutating func append(_ header: LabeledHeader, named name: String) {
      let key = Array((foldsCase ? name.lowercased() : name).utf8)
      if let place = places[key] {
        if !foldsCase { fields[place].isList = true }
        fields[place].headers.append(header)
      } else {
        places[key] = fields.count
        fields.append(Field(isList: key.elementsEqual("set-cookie".utf8) && foldsCase, headers: [header]))
      }
    }
  }

  /// Labelled fields, by their names.
  private static func fields(
    _ pairs: [(name: String, value: [UInt8])], foldsCase: Bool, _ make: (String, [UInt8]) -> LabeledHeader
  ) -> [Field] {
    var gathered = Gathered(foldsCase: foldsCase)
    for (name, value) in pairs { gathered.append(make(name, utf8(value)), named: name) }
    return gathered.fields
  }

  private static func object(_ fields: [Field], base: Label = .clear) -> LabeledText {
    var builder = TextBuilder()
    builder.append(clear: "{")
    for (index, field) in fields.enumerated() {
      guard let first = field.headers.first else { continue }
      if index > 0 { builder.append(clear: ",") }
      append(quoted: first.name, coversQuotes: true, to: &builder)
      builder.append(clear: ":")
      if field.isList { builder.append(clear: "[") }
      let values = field.isList ? field.headers.map(\.value) : [joined(field.headers)]
      for (place, value) in values.enumerated() {
        if place > 0 { builder.append(clear: ",") }
        append(quoted: value, coversQuotes: field.isList, to: &builder)
      }
      if field.isList { builder.append(clear: "]") }
    }
    builder.append(clear: "}")
    return builder.finish(form: .json, base: base)
  }

  private static func joined(_ headers: [LabeledHeader]) -> LabeledText {
    if headers.count == 1, let only = headers.first, only.value.spans.isEmpty { return only.value }
    var pieces: [LabeledText] = []
    for header in headers {
      if !pieces.isEmpty { pieces.append(LabeledText(clear: ", ")) }
      pieces.append(header.value)
    }
    return Transforms.concatenate(pieces)
  }

  /// Everything in here was made UTF-8 before, so quoting cannot fail; an empty string stands in if it did.
  /// The label of a whole covers the quotes too, but for values that were joined to a text.
  private static func append(quoted text: LabeledText, coversQuotes: Bool, to builder: inout TextBuilder) {
    if text.spans.isEmpty {
      // One label over all of it, as nearly every header has.
      builder.append(quoted: text.bytes, label: text.base, coversQuotes: coversQuotes || text.bytes.isEmpty)
      builder.note(text.trace)
    } else {
      builder.append(
        (try? Transforms.jsonQuoted(text)) ?? LabeledText(text: Array("\"\"".utf8), label: text.label))
    }
  }

  private static func utf8(_ value: [UInt8]) -> [UInt8] {
    UTF8Text.isValid(value) ? value : Array(String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) })).utf8)
  }
}
