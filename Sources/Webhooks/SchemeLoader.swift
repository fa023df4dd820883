package import SourceText

/// Turns one entry of a scheme file into a scheme or a recipe. The language is docs/spec/webhook-schemes.md.
enum SchemeLoader {
  private static let schemeFields = [
    "about", "signature", "algorithm", "key", "values", "message", "expect", "timestamp", "replay", "key_url",
  ]
  static let sourceFields = ["in", "name", "split", "tag", "pattern"]

  static func definition(named name: String, _ node: SourceNode) throws(SchemeFault) -> SchemeDefinition {
    let fields = try SchemeFields(node, of: "a scheme", allowing: schemeFields + ["recipe"])
    guard let recipe = fields.node("recipe") else { return .scheme(try scheme(named: name, fields, node)) }
    guard node.keys.allSatisfy({ ["about", "recipe"].contains($0) }) else {
      throw SchemeFault(.recipeBesideScheme, at: node.place)
    }
    var settings = try SignatureRecipe().applying(recipe)
    settings.about = try SchemeAbout(fields.node("about"))
    _ = try located(at: recipe.place) { () throws(WebhookFault) in try settings.scheme(named: name) }
    return .recipe(settings)
  }

  private static func scheme(
    named name: String, _ fields: SchemeFields, _ node: SourceNode
  ) throws(SchemeFault) -> SignatureScheme {
    guard let signature = fields.node("signature") else {
      throw SchemeFault(.missingField("signature"), at: node.place)
    }
    let signatureFields = try SchemeFields(
      signature, of: "signature", allowing: sourceFields + ["encoding", "max"])
    guard let encoding = try signatureFields.word("encoding", as: SignatureEncoding.self) else {
      throw SchemeFault(.missingField("encoding"), at: signature.place)
    }
    guard let algorithm = try fields.word("algorithm", as: SignatureAlgorithm.self) else {
      throw SchemeFault(.missingField("algorithm"), at: node.place)
    }
    var draft = SignatureScheme.Draft(
      name: name, signature: try source(signatureFields), encoding: encoding, algorithm: algorithm)
    if let maximum = try signatureFields.integer("max") { draft.maximum = maximum }
    if let key = fields.node("key") {
      let keyFields = try SchemeFields(key, of: "key", allowing: ["strip", "encoding"])
      draft.keyPrefix = try keyFields.text("strip") ?? ""
      draft.keyEncoding = try keyFields.word("encoding", as: KeyEncoding.self)
    }
    for (key, value) in try fields.members("values") {
      draft.values.append((name: key.text ?? "", source: try source(value, of: "a value")))
    }
    draft.about = try SchemeAbout(fields.node("about"))
    draft.message = try fields.text("message")
    for element in try fields.elements("expect") {
      let expected = try SchemeFields(element, of: "an expectation", allowing: sourceFields + ["equals"])
      draft.expectations.append((source: try source(expected), equals: try expected.requiredText("equals")))
    }
    if let timestamp = fields.node("timestamp") { draft.timestamp = try rule(timestamp) }
    if let replay = fields.node("replay") { draft.replay = try source(replay, of: "replay") }
    if let address = fields.node("key_url") {
      let inner = try SchemeFields(address, of: "key_url", allowing: sourceFields + ["chain", "subject"])
      draft.keyAddress = try source(inner)
      draft.keyAddressRule = KeyAddressRule(
        chain: try inner.word("chain", as: KeyAddressRule.Chain.self) ?? .included, subject: try inner.text("subject"))
    }
    return try located(at: node.place) { () throws(WebhookFault) in try SignatureScheme(draft) }
  }

  private static func rule(
    _ node: SourceNode
  ) throws(SchemeFault) -> (value: String, format: TimestampFormat, window: TimestampWindow) {
    let fields = try SchemeFields(node, of: "timestamp", allowing: ["value", "format", "past", "future"])
    guard let format = try fields.word("format", as: TimestampFormat.self) else {
      throw SchemeFault(.missingField("format"), at: node.place)
    }
    let past = try fields.requiredInteger("past")
    let future = try fields.requiredInteger("future")
    let window = try located(at: node.place) { () throws(WebhookFault) in
      try TimestampWindow(pastSeconds: past, futureSeconds: future)
    }
    return (try fields.requiredText("value"), format, window)
  }

  private static func source(_ node: SourceNode, of what: String) throws(SchemeFault) -> SchemeSource {
    try source(try SchemeFields(node, of: what, allowing: sourceFields))
  }

  static func source(_ fields: SchemeFields) throws(SchemeFault) -> SchemeSource {
    let name = try fields.requiredText("name")
    let kind = try fields.requiredText("in")
    let place = try located(at: fields.place(of: "name")) { () throws(WebhookFault) -> SchemeSource.Place? in
      switch kind {
      case "header": return .header(try HeaderName(name))
      case "header-family": return .headerFamily(try HeaderName(name))
      case "query": return .query(try ParameterName(name))
      case "json": return .json(try JSONPointer(name))
      case "config": return .config(name)
      default: return nil
      }
    }
    guard let place else { throw SchemeFault(.unknownWord(field: "in"), at: fields.place(of: "in")) }
    var pattern = ValuePattern.visibleASCII
    if let text = try fields.text("pattern") {
      pattern = try Self.pattern(text, at: fields.place(of: "pattern"))
    }
    return SchemeSource(place, separator: try fields.text("split"), tag: try fields.text("tag"), pattern: pattern)
  }

  static func pattern(_ text: String, at place: SourcePlace) throws(SchemeFault) -> ValuePattern {
    do throws(PatternFault) {
      return try ValuePattern(text)
    } catch {
      throw SchemeFault(.pattern(error), at: place)
    }
  }
}

extension SignatureRecipe {
  /// These settings with those of a mapping put over them.
  ///
  /// - Throws: `SchemeFault` for an unknown setting or a value of the wrong kind. Whether the settings make a scheme
  ///   is `scheme(named:)`'s question.
  package func applying(_ node: SourceNode) throws(SchemeFault) -> SignatureRecipe {
    let fields = try SchemeFields(
      node, of: "recipe",
      allowing: [
        "header", "algorithm", "digest", "prefix", "headers_to_sign", "timestamp_header", "window", "patterns",
        "framing",
      ])
    var result = self
    if let text = try fields.text("header") { result.header = text }
    if let text = try fields.text("algorithm") {
      guard let hash = Hash(rawValue: text) else {
        throw SchemeFault(.recipeAlgorithm, at: fields.place(of: "algorithm"))
      }
      result.algorithm = hash
    }
    if let text = try fields.text("digest") {
      guard let form = DigestForm(rawValue: text) else {
        throw SchemeFault(.recipeDigest, at: fields.place(of: "digest"))
      }
      result.digest = form
    }
    if let text = try fields.text("prefix") { result.prefix = text }
    if fields.has("headers_to_sign") {
      result.headersToSign = []
      for element in try fields.elements("headers_to_sign") {
        guard let name = element.string else {
          throw SchemeFault(.wrongKind(field: "headers_to_sign", wanted: "a list of header names"), at: element.place)
        }
        result.headersToSign.append(name)
      }
    }
    if let value = fields.node("timestamp_header") {
      result.timestampHeader = value.isNull ? nil : try fields.requiredText("timestamp_header")
    }
    if let framing = try fields.word("framing", as: Framing.self) { result.framing = framing }
    if let seconds = try fields.integer("window") { result.windowSeconds = seconds }
    if fields.has("patterns") {
      result.patterns = [:]
      for (key, value) in try fields.members("patterns") {
        guard let pattern = value.string else {
          throw SchemeFault(
            .wrongKind(field: "patterns", wanted: "a mapping of header names to patterns"), at: value.place)
        }
        result.patterns[key.text ?? ""] = pattern
      }
    }
    return result
  }
}
