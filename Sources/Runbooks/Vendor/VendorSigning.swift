import MessageSignatures
import SourceText

/// Request signing in the vendor's form (`authorizationtype` 6), as our recipe. The vendor publishes the keys and not the
/// numbers of `algorithm` and `digest`: a word is read, a number is kept and stands in the way.
enum VendorSigning {
  /// What stands in the way of signing a request as the document means it.
  struct Obstacle: Error {
    let key: String
    let text: String

    /// What is written to methods that use the signature.
    var reason: String { "the signature of its integration is not known whole: \(text)" }
  }

  /// Header, prefix, hash, encoding, signed headers and time, by the names that the vendor's endpoints have for them too.
  static func read(
    _ object: inout VendorObject, _ context: inout ReadingContext
  ) -> (signing: MethodSigning, obstacles: [Obstacle]) {
    var recipe = SigningRecipeSettings()
    var obstacles: [Obstacle] = []
    if let header = object.text("headername", &context) {
      NameRules.checkHeader(header, at: object.place("headername"), &context)
      recipe.header = header
      object.use("headername")
    } else {
      obstacles.append(noHeader)
    }
    if let key = ["signature_prefix", "headerprefix"].first(where: object.says),
      let prefix = object.text(key, &context)
    {
      if let found = obstacle(in: prefix, of: key) {
        obstacles.append(found)
      } else {
        recipe.value = prefix + SigningRecipeSettings.defaultValue
        if key == "headerprefix" { object.use(key) }
      }
    }
    let time = object.text(timeKey, &context)
    if let time, time.lowercased() == recipe.header.lowercased() {
      obstacles.append(Obstacle(key: timeKey, text: "`\(timeKey)` is the header of the signature"))
    } else if let time {
      NameRules.checkHeader(time, at: object.place(timeKey), &context)
      recipe.timestampHeader = time
      object.use(timeKey)
    }
    func value<Value>(_ result: Result<Value, Obstacle>) -> Value? {
      switch result {
      case .success(let value): return value
      case .failure(let obstacle):
        obstacles.append(obstacle)
        return nil
      }
    }
    recipe.digest = value(digest(object)) ?? recipe.digest
    recipe.signedHeaders = value(headers(object)) ?? recipe.signedHeaders
    let algorithm = value(self.algorithm(object)) ?? unsetAlgorithm
    object.use("authorizationtype")
    if obstacles.isEmpty, (try? recipe.recipe(algorithm)) == nil {
      obstacles.append(Obstacle(key: "headers_to_sign", text: "its header names do not differ"))
    }
    context.warn(
      .readAs, at: object.place("authorizationtype"),
      "requests are signed by HMAC over the values of the signed headers and the body, in "
        + "\(ShownName.of(recipe.header)) as \(recipe.digest.rawValue), with a key that is to be entered")
    for obstacle in obstacles {
      context.warn(
        .vendorNumberUnknown, at: object.place(obstacle.key),
        "how requests are signed is not known whole (\(obstacle.text)): methods that inherit it do not run",
        remedy: "set it under auth.signing of the native document, and take `inactive_reasons` out of its methods")
    }
    warnAboutValues(object, &context)
    return (MethodSigning(form: .recipe(recipe), key: .entered, encoding: .utf8, algorithm: algorithm), obstacles)
  }

  /// What came in is written back where it still says the same.
  ///
  /// - Parameter isHeldUp: whether the methods still wait because of it.
  static func write(_ signing: MethodSigning, isHeldUp: (Obstacle) -> Bool, to json: inout VendorJSON) {
    guard case .recipe(let recipe) = signing.form else { return }
    json.keep("authorizationtype", 6)
    let standard = SigningRecipeSettings()
    if recipe.header != standard.header || !isHeldUp(noHeader) { json.set("headername", recipe.header) }
    if let prefix = prefix(of: recipe) {
      let key = json.text(under: "signature_prefix") == nil ? "headerprefix" : "signature_prefix"
      let isKept = prefix.isEmpty && [brace(in: key), lineBreak(in: key)].contains(where: isHeldUp)
      if !prefix.isEmpty || (json.has(key) && !isKept) { json.set(key, prefix) }
    }
    let isOfSignature = json.text(under: timeKey)?.lowercased() == recipe.header.lowercased()
    if recipe.timestampHeader != nil || !isOfSignature { json.fill(timeKey, recipe.timestampHeader) }
    var context = ReadingContext(file: "kept")
    guard let kept = json.node.flatMap({ VendorObject($0, what: "the integration", &context) }) else { return }
    func keeps<Value: Equatable>(_ read: Result<Value, Obstacle>, _ value: Value, unset: Value) -> Bool {
      switch read {
      case .success(let read): read == value
      case .failure(let obstacle): value == unset && isHeldUp(obstacle)
      }
    }
    if !keeps(algorithm(kept), signing.algorithm, unset: unsetAlgorithm) {
      json.set("algorithm", signing.algorithm.rawValue)
    }
    if !keeps(digest(kept), recipe.digest, unset: standard.digest) { json.set("digest", recipe.digest.rawValue) }
    guard !keeps(headers(kept), recipe.signedHeaders, unset: standard.signedHeaders) else { return }
    json.set("headers_to_sign", json: "[]")
    json.setRows(
      "headers_to_sign",
      recipe.signedHeaders.map { name in
        var row = VendorJSON()
        row.set("key", name)
        return row
      })
  }

  // MARK: One setting

  private static let timeKey = "timestamp_verification_header"
  private static let noHeader = Obstacle(key: "headername", text: "`headername` is missing")
  private static func brace(in key: String) -> Obstacle { Obstacle(key: key, text: "`\(key)` has a brace") }
  /// Bytes before a signature.
  private static let mostPrefix = 1_000
  private static func lineBreak(in key: String) -> Obstacle {
    Obstacle(key: key, text: "`\(key)` is long, or has a line break or another character that no header has")
  }

  /// What keeps a text from standing before the signature.
  private static func obstacle(in prefix: String, of key: String) -> Obstacle? {
    if prefix.contains("{") || prefix.contains("}") { return brace(in: key) }
    let isPlain = prefix.utf8.count <= mostPrefix && prefix.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    return isPlain ? nil : lineBreak(in: key)
  }
  /// What stands in the recipe until somebody sets it; nothing is signed by it before.
  private static let unsetAlgorithm = MessageSignatureAlgorithm.hmacSHA256

  private static func algorithm(_ object: VendorObject) -> Result<MessageSignatureAlgorithm, Obstacle> {
    guard let node = object.node["algorithm"], !node.isNull, let text = node.text, !text.isEmpty else {
      return .failure(Obstacle(key: "algorithm", text: "`algorithm` is missing"))
    }
    let word = text.lowercased().filter { !"-_ ".contains($0) }
    let hash = word.hasPrefix("hmac") ? String(word.dropFirst(4)) : word
    let known: [String: MessageSignatureAlgorithm] = [
      "sha1": .hmacSHA1, "sha256": .hmacSHA256, "sha384": .hmacSHA384, "sha512": .hmacSHA512,
    ]
    guard node.scalarKind == .string, let found = known[hash] else {
      return .failure(Obstacle(key: "algorithm", text: "`algorithm` \(ShownName.of(text)) is not known"))
    }
    return .success(found)
  }

  /// Hex where the document does not say it: the vendor's integrations have no key for it of their own.
  private static func digest(_ object: VendorObject) -> Result<SigningRecipe.DigestForm, Obstacle> {
    guard let node = object.node["digest"], !node.isNull, let text = node.text, !text.isEmpty else {
      return .success(.hex)
    }
    guard node.scalarKind == .string, let found = SigningRecipe.DigestForm(rawValue: text.lowercased()) else {
      return .failure(Obstacle(key: "digest", text: "`digest` \(ShownName.of(text)) is not known"))
    }
    return .success(found)
  }

  /// Names, or pairs whose key is the name.
  private static func headers(_ object: VendorObject) -> Result<[String], Obstacle> {
    guard let node = object.node["headers_to_sign"], !VendorObject.isBlank(node) else { return .success([]) }
    let obstacle = Obstacle(key: "headers_to_sign", text: "`headers_to_sign` is no list of header names")
    guard let rows = node.sequence else { return .failure(obstacle) }
    var names: [String] = []
    for row in rows where !VendorObject.isBlankRow(row) {
      guard let name = row.string ?? row["key"]?.string, NameRules.isHeaderName(name) else { return .failure(obstacle) }
      names.append(name)
    }
    let all = names + [object.shown("headername") ?? SigningRecipeSettings().header]
    guard Set(all.map { $0.lowercased() }).count == all.count, names.count <= mostHeaders else {
      return .failure(
        Obstacle(
          key: "headers_to_sign", text: "`headers_to_sign` names a header twice, the signature's own, or too many"))
    }
    return .success(names)
  }

  /// Headers that one signature covers.
  private static let mostHeaders = 32

  private static func warnAboutValues(_ object: VendorObject, _ context: inout ReadingContext) {
    for row in object.node["headers_to_sign"]?.sequence ?? [] {
      guard let value = row["value"], !VendorObject.isBlank(value) else { continue }
      context.warn(
        .vendorKeyKept, at: value.place,
        "a `value` in `headers_to_sign` is kept and not honoured: the header's own is signed")
    }
  }

  /// Nil where the value is no text before the signature.
  private static func prefix(of recipe: SigningRecipeSettings) -> String? {
    let value = recipe.value
    guard value.hasSuffix(SigningRecipeSettings.defaultValue) else { return nil }
    let prefix = String(value.dropLast(SigningRecipeSettings.defaultValue.count))
    return prefix.contains("{") || prefix.contains("}") ? nil : prefix
  }
}
