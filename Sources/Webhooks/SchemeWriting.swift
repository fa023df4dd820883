package import Encodings

/// Writes a scheme in the language of docs/spec/webhook-schemes.md, as JSON: fields in the order of that page, what is
/// a default left out. What it writes loads to a scheme of the same meaning.
package enum SchemeWriting {
  /// What is written beside the meaning.
  package enum Extent: Sendable {
    /// Everything, so that the same scheme comes back.
    case whole
    /// Without `about` and without the way in which keys are entered: two schemes with the same text give the same
    /// verdict on every request and key.
    case meaning
  }

  /// The scheme's definition: one JSON object.
  package static func write(_ scheme: SignatureScheme, _ extent: Extent = .whole, to writer: inout JSONWriter) {
    writer.beginObject()
    if extent == .whole { about(scheme.about, to: &writer) }
    source("signature", scheme.signature, to: &writer) { writer in
      field("encoding", scheme.encoding.rawValue, to: &writer)
      if scheme.maximum != WebhookLimits.signatures {
        writer.key("max")
        writer.integer(Int64(scheme.maximum))
      }
    }
    field("algorithm", scheme.algorithm.rawValue, to: &writer)
    key(scheme, extent, to: &writer)
    if !scheme.values.isEmpty {
      writer.key("values")
      writer.beginObject()
      for value in scheme.values { source(value.name, value.source, to: &writer) }
      writer.endObject()
    }
    if !scheme.message.parts.isEmpty { field("message", scheme.text(of: scheme.message), to: &writer) }
    if !scheme.expectations.isEmpty {
      writer.key("expect")
      writer.beginArray()
      for expectation in scheme.expectations {
        source(nil, expectation.source, to: &writer) { writer in
          field("equals", scheme.text(of: expectation.equals), to: &writer)
        }
      }
      writer.endArray()
    }
    timestamp(scheme, to: &writer)
    if let replay = scheme.replay { source("replay", replay, to: &writer) }
    if let address = scheme.keyAddress, let rule = scheme.keyAddressRule {
      source("key_url", address, to: &writer) { writer in
        // What a fetched certificate must be decides which keys there are, and nothing about a request and a key.
        guard extent == .whole else { return }
        if rule.chain != .included { field("chain", rule.chain.rawValue, to: &writer) }
        if let subject = rule.subject { field("subject", subject, to: &writer) }
      }
    }
    writer.endObject()
  }

  /// A definition of either kind.
  package static func json(_ definition: SchemeDefinition) -> [UInt8] {
    switch definition {
    case .scheme(let scheme): return json(scheme)
    case .recipe(let recipe):
      var writer = JSONWriter()
      writer.beginObject()
      about(recipe.about, to: &writer)
      writer.key("recipe")
      RecipeWriting.write(recipe, to: &writer)
      writer.endObject()
      return writer.finish()
    }
  }

  /// The text of `write`.
  package static func json(_ scheme: SignatureScheme, _ extent: Extent = .whole) -> [UInt8] {
    var writer = JSONWriter()
    write(scheme, extent, to: &writer)
    return writer.finish()
  }

  private static func about(_ about: SchemeAbout, to writer: inout JSONWriter) {
    guard about != SchemeAbout() else { return }
    writer.key("about")
    writer.beginObject()
    for (name, text) in [("title", about.title), ("page", about.page), ("key", about.key)] where !text.isEmpty {
      field(name, text, to: &writer)
    }
    if !about.notes.isEmpty {
      writer.key("notes")
      writer.beginArray()
      for note in about.notes { writer.string(note) }
      writer.endArray()
    }
    writer.endObject()
  }

  private static func key(_ scheme: SignatureScheme, _ extent: Extent, to writer: inout JSONWriter) {
    let encoding = extent == .whole ? scheme.keyEncoding : nil
    guard !scheme.keyPrefix.isEmpty || encoding != nil else { return }
    writer.key("key")
    writer.beginObject()
    if !scheme.keyPrefix.isEmpty { field("strip", String(decoding: scheme.keyPrefix, as: UTF8.self), to: &writer) }
    if let encoding { field("encoding", encoding.rawValue, to: &writer) }
    writer.endObject()
  }

  private static func timestamp(_ scheme: SignatureScheme, to writer: inout JSONWriter) {
    guard let rule = scheme.timestamp else { return }
    writer.key("timestamp")
    writer.beginObject()
    field("value", scheme.values[rule.value].name, to: &writer)
    field("format", rule.format.rawValue, to: &writer)
    writer.key("past")
    writer.integer(rule.window.pastMilliseconds / 1_000)
    writer.key("future")
    writer.integer(rule.window.futureMilliseconds / 1_000)
    writer.endObject()
  }

  private static func source(
    _ key: String?, _ source: SchemeSource, to writer: inout JSONWriter, _ more: (inout JSONWriter) -> Void = { _ in }
  ) {
    if let key { writer.key(key) }
    writer.beginObject()
    let (place, name) = source.place.words
    field("in", place, to: &writer)
    field("name", name, to: &writer)
    if let separator = source.separator { field("split", String(decoding: separator, as: UTF8.self), to: &writer) }
    if let tag = source.tag { field("tag", String(decoding: tag, as: UTF8.self), to: &writer) }
    if source.pattern.source != ValuePattern.visibleASCII.source {
      field("pattern", source.pattern.source, to: &writer)
    }
    more(&writer)
    writer.endObject()
  }

  private static func field(_ key: String, _ text: String, to writer: inout JSONWriter) {
    writer.key(key)
    writer.string(text)
  }
}

extension SchemeSource.Place {
  /// `in` and `name` of the scheme language.
  var words: (place: String, name: String) {
    switch self {
    case .header(let name): ("header", name.text)
    case .headerFamily(let name): ("header-family", name.text)
    case .query(let name): ("query", name.text)
    case .json(let pointer): ("json", pointer.source)
    case .config(let name): ("config", name)
    }
  }
}

extension SignatureScheme {
  /// A template of this scheme as it is written.
  func text(of template: MessageTemplate) -> String {
    template.parts.map { part in
      switch part {
      case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
      case .value(let index): "{\(values[index].name)}"
      case .length(let index): "{length(\(values[index].name))}"
      case .body, .bodyLength, .method, .url, .bodySHA256, .bodyCRC32, .sortedForm, .unescapedURL, .notificationFields:
        "{\(part.name ?? "")}"
      }
    }.joined()
  }
}
