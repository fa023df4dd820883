import MessageSignatures
import SourceText

/// Reads how the requests of a method are signed.
enum SigningReader {
  /// - Parameter integration: the integration whose own signature it is, so that its key can be entered; nil for a
  ///   method's.
  static func read(
    _ object: ObjectReader, ofIntegration integration: String? = nil, _ context: inout ReadingContext
  ) -> MethodSigning? {
    guard let node = object.value("signing"),
      let reader = ObjectReader(node, as: .signing, part: object.path("signing"), &context),
      let word = reader.text("type", &context)
    else { return nil }
    guard let form = form(word, reader, &context) else { return nil }
    let others = NativeObject.signing.keys.map(\.name).filter { !shared.contains($0) && !used(form).contains($0) }
    reader.refuse(others, because: "signing of type `\(word)` has no such setting", &context)
    guard let key = key(reader, integration, &context) else { return nil }
    let algorithm =
      reader.choice("algorithm", MessageSignatureAlgorithm.self, &context) ?? .hmacSHA256
    let signing = MethodSigning(
      form: form, key: key,
      encoding: reader.choice("encoding", SigningKeyText.Encoding.self, &context) ?? standard(form, algorithm),
      algorithm: algorithm)
    if case .named = key {
      reader.refuse(["encoding"], because: "a named key is not written anywhere", &context)
      if case .sigV4 = form {
        context.error(
          .badValue, at: reader.value("key")?.place ?? node.place,
          "signing of type `sigv4` makes its keys from the text of a secret, and a named key has none that it gives away",
          remedy: "put the secret access key into the key/value store: kv/PATH#FIELD")
        return signing
      }
    }
    do throws(SigningFault) {
      try signing.check()
    } catch {
      context.error(.badValue, at: node.place, message(error, signing))
    }
    return signing
  }

  /// A field of the key/value store as text, or a mapping: a named key, such a field, or one that is entered.
  private static func key(
    _ reader: ObjectReader, _ integration: String?, _ context: inout ReadingContext
  ) -> SigningKey? {
    guard let node = reader.value("key") else { return nil }
    guard node.mapping != nil else { return TextReader.reference(node, what: "`key`", &context).map { .secret($0) } }
    guard node["sealed"] != nil || node["secret"] != nil else {
      return NamedKeyReader.read(node, part: reader.path("key"), &context).map { .named($0) }
    }
    guard let integration else {
      context.error(
        .badValue, at: node.place, "the key of a method's own signing is not entered",
        remedy: "put it into the key/value store: kv/PATH#FIELD, or sign under the integration's auth")
      return nil
    }
    switch CredentialPlace(reader: reader, integration: integration).read("key", &context) {
    case .entered: return .entered
    case .secret(let reference): return .secret(reference)
    case .named(let reference): return .named(reference)
    }
  }

  /// How keys are written where the document does not say it.
  static func standard(
    _ form: SigningForm, _ algorithm: MessageSignatureAlgorithm
  ) -> SigningKeyText.Encoding {
    if algorithm.macHash == nil { return .pem }
    return form == .standardWebhooks ? .base64 : .utf8
  }

  private static let shared: Set<String> = ["type", "key", "encoding", "algorithm"]

  private static func used(_ form: SigningForm) -> Set<String> {
    switch form {
    case .standardWebhooks: []
    case .recipe: ["header", "digest", "signed_headers", "timestamp_header", "timestamp", "message", "value"]
    case .messageSignature: ["label", "components", "keyid", "tag", "lifetime", "nonce", "content_digest"]
    case .token: ["header", "prefix", "keyid", "typ", "lifetime", "claims"]
    case .sigV4: ["access_key", "region", "service", "session_token"]
    }
  }

  private static func form(
    _ word: String, _ reader: ObjectReader, _ context: inout ReadingContext
  ) -> SigningForm? {
    switch word {
    case "standard-webhooks": return .standardWebhooks
    case "recipe": return .recipe(recipe(reader, &context))
    case "rfc9421": return .messageSignature(messageSignature(reader, &context))
    case "jwt": return token(reader, &context).map { .token($0) }
    case "sigv4":
      func required(_ key: String) -> String { IntegrationReader.required(key, in: reader, &context) }
      let token = reader.value("session_token").flatMap {
        TextReader.reference($0, what: "`session_token`", &context)
      }
      return .sigV4(
        accessKeyID: required("access_key"), region: required("region"), service: required("service"),
        sessionToken: token)
    default:
      reader.reportChoice("type", word, among: ["standard-webhooks", "recipe", "rfc9421", "jwt", "sigv4"], &context)
      return nil
    }
  }

  private static func recipe(_ reader: ObjectReader, _ context: inout ReadingContext) -> SigningRecipeSettings {
    var recipe = SigningRecipeSettings()
    if let header = reader.text("header", &context) { recipe.header = header }
    if let digest = reader.choice("digest", SigningRecipe.DigestForm.self, &context) { recipe.digest = digest }
    recipe.signedHeaders = reader.texts("signed_headers", &context)
    recipe.timestampHeader = reader.text("timestamp_header", &context)
    if let form = reader.choice("timestamp", SigningRecipe.TimestampForm.self, &context) { recipe.timestampForm = form }
    if let message = reader.text("message", &context) { recipe.message = message }
    if let value = reader.text("value", &context) { recipe.value = value }
    return recipe
  }

  private static func messageSignature(
    _ reader: ObjectReader, _ context: inout ReadingContext
  ) -> OutgoingMessageSignature {
    var signature = OutgoingMessageSignature()
    if let label = reader.text("label", &context) { signature.label = label }
    if reader.has("components") { signature.components = reader.texts("components", &context) }
    signature.keyID = reader.text("keyid", &context)
    signature.tag = reader.text("tag", &context)
    signature.lifetime = reader.duration("lifetime", &context)
    signature.hasNonce = reader.bool("nonce", &context) ?? false
    if let digest = reader.choice("content_digest", ContentDigest.Algorithm.self, &context) {
      signature.digest = digest
    }
    return signature
  }

  private static func token(_ reader: ObjectReader, _ context: inout ReadingContext) -> OutgoingToken? {
    guard let node = reader.value("claims") else {
      context.error(.missingKey, at: reader.node.place, "`claims` is missing here")
      return nil
    }
    guard let claims = TextReader.json(node, what: "the claims", &context) else { return nil }
    guard claims.source.utf8.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") else {
      context.error(.badValue, at: node.place, "`claims` must be a JSON object")
      return nil
    }
    var token = OutgoingToken(claims: claims)
    if let header = reader.text("header", &context) {
      NameRules.checkHeader(header, at: reader.value("header")?.place ?? reader.node.place, &context)
      token.header = header
    }
    if let prefix = reader.text("prefix", &context) { token.prefix = prefix }
    token.keyID = reader.text("keyid", &context)
    if let type = reader.text("typ", &context) { token.type = type }
    if let lifetime = reader.duration("lifetime", &context) { token.lifetime = lifetime }
    return token
  }

  private static func message(_ fault: SigningFault, _ signing: MethodSigning) -> String {
    switch fault {
    case .key, .keyTooShort:
      "a key written as \(signing.encoding.rawValue) cannot be used with \(signing.algorithm.rawValue)"
    case .algorithm: "signing of type `\(signing.form.word)` cannot use \(signing.algorithm.rawValue)"
    case .claim(let name): "the claim \(ShownName.of(name)) is set by the service itself"
    case .component: "a component is written as `@method`, `content-digest` or `\"@query-param\";name=\"id\"`"
    case .setting, .refused, .repeatedHeader:
      switch signing.form {
      case .standardWebhooks: "this cannot be signed"
      case .recipe:
        "a recipe has header names that differ, a `message` of {headers}, {timestamp}, {lengths} and one {body}, and a "
          + "`value` of {timestamp} and one {signature}"
      case .messageSignature: "a label is lower-case letters, digits and `_-.*`; no component stands twice"
      case .token: "a token lives 1s to 1h, in whole seconds; `typ` is a media type without its parameters"
      case .sigV4: "access key, region and service are letters, digits, `-` and `_`"
      }
    }
  }
}
