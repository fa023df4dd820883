import Cryptography
package import Encodings
package import MessageSignatures

/// How a request is signed at the send door, over the bytes that are sent. The key is inside a signer; the door gives
/// its label to everything that is made with it.
package struct RequestSigning: Sendable {
  /// The form of the signature.
  package enum Form: Sendable {
    /// `id` names the delivery, the same for every attempt.
    case standardWebhooks(id: String)
    case recipe(SigningRecipe)
    /// `digest`: what `Content-Digest` holds where it is covered and no row sets it.
    case messageSignature(MessageSignatureCreation, digest: ContentDigest.Algorithm, nonce: String?)
    /// `claims` is a JSON object; `id` becomes `jti`.
    case token(TokenCreation, header: String, prefix: String, claims: LabeledText, id: String)
    case sigV4(SigV4, sessionToken: LabeledText?)
  }

  let form: Form
  let signer: any MessageSigner
  let key: Label
  /// What the log calls the key.
  let use: ValueUse
  let now: Instant

  /// - Parameters:
  ///   - key: the text of the key.
  ///   - name: what the log calls it.
  ///
  /// Throws where the text is no such key. Nothing of it is in the error.
  package init(
    _ form: Form, key: LabeledText, encoding: SigningKeyText.Encoding, algorithm: MessageSignatureAlgorithm,
    name: String, now: Instant
  ) throws(SigningFault) {
    let bytes = GuardedBytes(copying: key.bytes)
    let signer: any MessageSigner
    if case .sigV4 = form {
      signer = try SigV4.signer(secretAccessKey: bytes)
    } else {
      signer = try SigningKeyText.signer(bytes, encoding, algorithm)
    }
    self.init(form, checked: signer, label: key.label, name: name, now: now)
  }

  /// With a key that lies elsewhere and is only asked to sign.
  ///
  /// - Parameters:
  ///   - label: what everything that is made with the key gets.
  ///   - name: what the log calls the key.
  ///
  /// Throws `algorithm` for a form that makes its keys from the text of a secret.
  package init(
    _ form: Form, signer: any MessageSigner, label: Label, name: String, now: Instant
  ) throws(SigningFault) {
    if case .sigV4 = form { throw .algorithm }
    self.init(form, checked: signer, label: label, name: name, now: now)
  }

  private init(_ form: Form, checked signer: any MessageSigner, label: Label, name: String, now: Instant) {
    self.form = form
    self.signer = signer
    key = label
    use = ValueUse(name: name, label: label)
    self.now = now
  }

  /// A header that was made, and the label of its value.
  struct Made {
    let name: String
    let value: LabeledText
    /// Whether whoever has it can act with it: then the answer is searched for it.
    let isCredential: Bool
  }

  /// The headers to be added to this request.
  ///
  /// - Parameter content: the join of the labels of everything in the request.
  func headers(
    for message: HTTPMessage, content: Label, body: Label
  ) throws(SigningFault) -> [Made] {
    let signed = content.joined(with: key)
    switch form {
    case .standardWebhooks(let id):
      return try StandardWebhooksSigning.headers(id: id, body: message.body, with: signer, now: now).map { field in
        made(field, field.name == "webhook-signature" ? signed : .clear)
      }
    case .recipe(let recipe):
      return try recipe.headers(for: message.fields, body: message.body, with: signer, now: now).map { field in
        made(field, field.name == recipe.header ? signed : .clear)
      }
    case .messageSignature(let creation, let digest, let nonce):
      return try self.messageSignature(creation, digest, nonce, message, signed: signed, body: body)
    case .token(let creation, let header, let prefix, let claims, let id):
      let token = try creation.sign(try Self.claims(claims), with: signer, now: now, id: id)
      // The prefix stands in the document. An answer may repeat the token without it, so the token is known by itself.
      let value = Transforms.concatenate([
        LabeledText(clear: prefix), LabeledText(text: token, label: claims.label.joined(with: key)),
      ])
      return [Made(name: header, value: value, isCredential: true)]
    case .sigV4(let sigV4, let sessionToken):
      let token = sessionToken.map { String(decoding: $0.bytes, as: UTF8.self) }
      return try sigV4.headers(for: message, sessionToken: token, with: signer, now: now).map { field in
        switch field.name {
        case "Authorization": made(field, signed)
        case "X-Amz-Security-Token": made(field, sessionToken?.label ?? .clear)
        case "X-Amz-Content-SHA256": made(field, body)
        default: made(field, .clear)
        }
      }
    }
  }

  /// The token by itself, for a token endpoint (RFC 7523 §2.1). Throws `setting` for another form than a token.
  package func assertion() throws(SigningFault) -> LabeledText {
    guard case .token(let creation, _, _, let claims, let id) = form else { throw .setting }
    let token = try creation.sign(try Self.claims(claims), with: signer, now: now, id: id)
    return LabeledText(text: token, label: claims.label.joined(with: key))
  }

  private func messageSignature(
    _ creation: MessageSignatureCreation, _ digest: ContentDigest.Algorithm, _ nonce: String?, _ message: HTTPMessage,
    signed: Label, body: Label
  ) throws(SigningFault) -> [Made] {
    var made: [Made] = []
    var message = message
    let hasDigest = message.fields.contains { $0.name.lowercased() == "content-digest" }
    if creation.coversDigest, !hasDigest {
      let field = HTTPField(name: "Content-Digest", value: ContentDigest.value(of: message.body, digest))
      made.append(self.made(field, body))
      message = HTTPMessage(message.start, fields: message.fields + [field], body: message.body)
    }
    for field in try creation.sign(message, with: signer, now: now, nonce: nonce) {
      made.append(self.made(field, field.name == "Signature" ? signed : .clear))
    }
    return made
  }

  private func made(_ field: HTTPField, _ label: Label) -> Made {
    Made(name: field.name, value: LabeledText(text: field.value, label: label), isCredential: false)
  }

  /// The members of the object.
  private static func claims(_ text: LabeledText) throws(SigningFault) -> [TokenCreation.Claim] {
    guard let tape = try? JSONTape(text.bytes), tape.kind(tape.root) == .object else { throw .setting }
    return tape.children(tape.root).map { node in
      TokenCreation.Claim(tape.key(node) ?? "", json: Array(tape.text(node)))
    }
  }
}

extension RequestSigning: Masked {
  package var maskedText: String { "RequestSigning(‹masked›)" }
}
