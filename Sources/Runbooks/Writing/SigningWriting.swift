import MessageSignatures
import NamedKeys

/// Writes how the requests of a method are signed.
enum SigningWriting {
  static func write(_ signing: MethodSigning, to writer: inout ObjectWriter) {
    writer.object("signing") { writer in
      writer.text("type", signing.form.word)
      switch signing.key {
      case .secret(let reference): writer.text("key", reference.text)
      case .entered: writer.object("key") { $0.bool("sealed", true, unless: false) }
      case .named(let reference): writer.object("key") { write(reference, to: &$0) }
      }
      if signing.key.isText {
        writer.text(
          "encoding", signing.encoding.rawValue,
          unless: SigningReader.standard(signing.form, signing.algorithm).rawValue)
      }
      writer.text(
        "algorithm", signing.algorithm.rawValue, unless: MessageSignatureAlgorithm.hmacSHA256.rawValue)
      switch signing.form {
      case .standardWebhooks: break
      case .recipe(let recipe): write(recipe, to: &writer)
      case .messageSignature(let signature): write(signature, to: &writer)
      case .token(let token): write(token, to: &writer)
      case .sigV4(let accessKeyID, let region, let service, let sessionToken):
        writer.text("access_key", accessKeyID)
        writer.text("region", region)
        writer.text("service", service)
        writer.text("session_token", sessionToken?.text)
      }
    }
  }

  /// The members of a named key.
  static func write(_ key: KeyReference, to writer: inout ObjectWriter) {
    writer.text("named", key.name.text)
    if let version = key.version { writer.integer("version", Int(version)) }
  }

  private static func write(_ recipe: SigningRecipeSettings, to writer: inout ObjectWriter) {
    let standard = SigningRecipeSettings()
    writer.text("header", recipe.header, unless: standard.header)
    writer.text("digest", recipe.digest.rawValue, unless: standard.digest.rawValue)
    writer.texts("signed_headers", recipe.signedHeaders)
    writer.text("timestamp_header", recipe.timestampHeader)
    writer.text("timestamp", recipe.timestampForm.rawValue, unless: standard.timestampForm.rawValue)
    writer.text("message", recipe.message, unless: standard.message)
    writer.text("value", recipe.value, unless: standard.value)
  }

  private static func write(_ signature: OutgoingMessageSignature, to writer: inout ObjectWriter) {
    let standard = OutgoingMessageSignature()
    writer.text("label", signature.label, unless: standard.label)
    if signature.components != standard.components {
      writer.array("components", signature.components) { text, writer in writer.string(text) }
    }
    writer.text("keyid", signature.keyID)
    writer.text("tag", signature.tag)
    writer.duration("lifetime", signature.lifetime)
    writer.bool("nonce", signature.hasNonce, unless: false)
    writer.text("content_digest", signature.digest.rawValue, unless: standard.digest.rawValue)
  }

  private static func write(_ token: OutgoingToken, to writer: inout ObjectWriter) {
    let standard = OutgoingToken(claims: token.claims)
    writer.text("header", token.header, unless: standard.header)
    writer.text("prefix", token.prefix, unless: standard.prefix)
    writer.text("keyid", token.keyID)
    writer.text("typ", token.type, unless: standard.type)
    if token.lifetime != standard.lifetime { writer.duration("lifetime", token.lifetime) }
    writer.text("claims", token.claims.source)
  }
}
