import Encodings

/// Writes a recipe in the language of docs/spec/webhook-schemes.md §7, defaults left out.
enum RecipeWriting {
  static func write(_ recipe: SignatureRecipe, to writer: inout JSONWriter) {
    let standard = SignatureRecipe()
    func field(_ key: String, _ text: String, unless other: String) {
      guard !text.utf8.elementsEqual(other.utf8) else { return }
      writer.key(key)
      writer.string(text)
    }
    writer.beginObject()
    field("header", recipe.header, unless: standard.header)
    field("algorithm", recipe.algorithm.rawValue, unless: standard.algorithm.rawValue)
    field("digest", recipe.digest.rawValue, unless: standard.digest.rawValue)
    field("prefix", recipe.prefix, unless: standard.prefix)
    if !recipe.headersToSign.isEmpty {
      writer.key("headers_to_sign")
      writer.beginArray()
      for header in recipe.headersToSign { writer.string(header) }
      writer.endArray()
    }
    field("timestamp_header", recipe.timestampHeader ?? "", unless: "")
    if recipe.windowSeconds != standard.windowSeconds {
      writer.key("window")
      writer.integer(Int64(recipe.windowSeconds))
    }
    if !recipe.patterns.isEmpty {
      writer.key("patterns")
      writer.beginObject()
      for (name, pattern) in recipe.patterns.sorted(by: { $0.key < $1.key }) {
        writer.key(name)
        writer.string(pattern)
      }
      writer.endObject()
    }
    field("framing", recipe.framing.rawValue, unless: standard.framing.rawValue)
    writer.endObject()
  }
}
