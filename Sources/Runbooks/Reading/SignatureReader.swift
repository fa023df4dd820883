import Encodings
import SourceText
import Webhooks

/// Reads how signatures at a public endpoint are checked.
enum SignatureReader {
  static let keys = ["scheme", "recipe", "key", "keys", "settings", "fetch_keys"]

  static func read(_ reader: ObjectReader, runbook: String, _ context: inout ReadingContext) -> SignatureSettings {
    let fetchesKeys = reader.bool("fetch_keys", &context) ?? false
    // Where certificates are fetched, none has to be entered.
    let needsKey = !fetchesKeys || reader.has("key") || reader.has("keys")
    return SignatureSettings(
      method: method(reader, &context), keys: needsKey ? keys(reader, runbook: runbook, &context) : [],
      settings: texts("settings", reader, &context), fetchesKeys: fetchesKeys)
  }

  /// A mapping of names to texts.
  private static func texts(
    _ key: String, _ reader: ObjectReader, _ context: inout ReadingContext
  ) -> [String: String] {
    var result: [String: String] = [:]
    for (name, _, value) in reader.map(key, &context) {
      guard let text = value.string else {
        context.error(.wrongType, at: value.place, "this must be text, not \(value.kindName)")
        continue
      }
      result[name] = text
    }
    return result
  }

  // MARK: Keys

  private static func keys(
    _ reader: ObjectReader, runbook: String, _ context: inout ReadingContext
  ) -> [SignatureKey] {
    guard let node = reader.value("keys") else {
      let slot = SealedSlot.startCredential(runbook: runbook, name: SignatureKey.onlyName)
      return [SignatureKey(source: CredentialReader.keyOrNamed("key", in: reader, slot: slot, &context))]
    }
    reader.refuse(["key"], because: "an endpoint has `key` or a list of `keys`, not both", &context)
    guard let elements = node.sequence, !elements.isEmpty else {
      context.error(.wrongType, at: node.place, "`keys` must be a list of keys")
      return []
    }
    if elements.count > WebhookLimits.keysPerEndpoint {
      context.error(.badValue, at: node.place, KeyFault.tooMany.message)
    }
    var keys: [SignatureKey] = []
    for (index, element) in elements.enumerated() {
      let part = "start.public.keys.\(index)"
      guard let object = ObjectReader(element, as: .signatureKey, part: part, &context) else { continue }
      let key = key(object, runbook: runbook, &context)
      if keys.contains(where: { $0.name == key.name }) {
        context.error(.duplicateName, at: element.place, "two keys have the name \(ShownName.of(key.name))")
      }
      keys.append(key)
    }
    return keys
  }

  static func key(
    _ object: ObjectReader, runbook: String, _ context: inout ReadingContext
  ) -> SignatureKey {
    let name = object.text("name", &context) ?? ""
    if object.has("name") {
      NameRules.checkIdentifier(name, what: "the key", at: object.value("name")?.place ?? object.node.place, &context)
    }
    let slot = SealedSlot.startCredential(runbook: runbook, name: name)
    let key = SignatureKey(
      name: name, source: CredentialReader.keyOrNamed("key", in: object, slot: slot, &context),
      encoding: object.choice("encoding", KeyEncoding.self, &context), url: object.text("url", &context),
      notBefore: instant("not_before", object, &context), notAfter: instant("not_after", object, &context))
    if case .named = key.source {
      object.refuse(["encoding", "url"], because: "a named key is not written anywhere", &context)
    }
    if let first = key.notBefore, let last = key.notAfter, last < first {
      context.error(.badValue, at: object.value("not_after")?.place ?? object.node.place, KeyFault.validity.message)
    }
    return key
  }

  private static func instant(
    _ key: String, _ object: ObjectReader, _ context: inout ReadingContext
  ) -> Instant? {
    guard let text = object.text(key, &context) else { return nil }
    guard let instant = Instant(rfc3339: text) else {
      context.error(
        .badValue, at: object.value(key)?.place ?? object.node.place,
        "`\(key)` must be a time with its zone, such as \"2027-01-31T00:00:00Z\" (RFC 3339)")
      return nil
    }
    return instant
  }

  // MARK: Scheme or recipe

  private static func method(
    _ reader: ObjectReader, _ context: inout ReadingContext
  ) -> SignatureSettings.Method {
    if let node = reader.value("recipe") {
      reader.refuse(["scheme"], because: "a signature has a scheme or a recipe, not both", &context)
      return .recipe(recipe(node, &context))
    }
    guard reader.has("scheme") else {
      context.error(.missingKey, at: reader.node.place, "a signature needs `scheme` or `recipe`")
      return .scheme("")
    }
    return .scheme(reader.text("scheme", &context) ?? "")
  }

  private static func recipe(_ node: SourceNode, _ context: inout ReadingContext) -> SignatureRecipeSettings {
    guard let reader = ObjectReader(node, as: .recipe, part: "start.public.recipe", &context) else {
      return SignatureRecipeSettings(header: "")
    }
    let header = reader.text("header", &context) ?? ""
    let signed = reader.texts("signed_headers", &context)
    var seen: Set<String> = []
    for (index, name) in ([header] + signed).enumerated() where reader.has("header") || index > 0 {
      let place = index == 0 ? reader.value("header")?.place : reader.value("signed_headers")?[index - 1]?.place
      NameRules.checkHeader(name, isReceived: true, at: place ?? node.place, &context)
      if !seen.insert(name.lowercased()).inserted {
        context.error(
          .conflictingKeys, at: place ?? node.place,
          index > 0 && name.lowercased() == header.lowercased()
            ? "the header \(ShownName.of(name)) carries the signature and cannot be signed"
            : "the header \(ShownName.of(name)) is signed twice")
      }
    }
    return SignatureRecipeSettings(
      header: header,
      algorithm: reader.choice("algorithm", SignatureRecipeSettings.Algorithm.self, &context) ?? .sha256,
      digest: reader.choice("digest", SignatureRecipeSettings.Digest.self, &context) ?? .hex,
      prefix: reader.text("prefix", &context) ?? "", signedHeaders: signed,
      patterns: patterns(reader, signed: signed, &context),
      framing: reader.choice("framing", SignatureRecipeSettings.Framing.self, &context) ?? .none)
  }

  private static func patterns(
    _ reader: ObjectReader, signed: [String], _ context: inout ReadingContext
  ) -> [String: String] {
    let patterns = texts("patterns", reader, &context)
    for (name, text) in patterns.sorted(by: { $0.key < $1.key }) {
      let place = reader.value("patterns")?[name]?.place ?? reader.node.place
      if !signed.contains(where: { $0.lowercased() == name.lowercased() }) {
        context.error(.badValue, at: place, "there is a pattern for \(ShownName.of(name)), which is not signed")
      }
      do throws(PatternFault) { _ = try ValuePattern(text) } catch {
        context.error(.badValue, at: place, error.message)
      }
    }
    return patterns
  }
}
