import Cryptography
import Encodings
import MessageSignatures

extension FuzzTarget {
  /// Lines of one structured field: what is read is written so that it reads the same again.
  static let structuredField = FuzzTarget(name: "structured-field") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    var lines: [[UInt8]] = []
    while !input.isEmpty, lines.count < 8 { lines.append(input.field()) }
    if let dictionary = try? StructuredField.dictionary(lines) {
      let written = StructuredField.serialize(dictionary)
      let again = try? StructuredField.dictionary([written])
      try hold(again == dictionary, "a dictionary reads differently once it is written")
      try hold(Set(dictionary.entries.map(\.key)).count == dictionary.entries.count, "a key is there twice")
    }
    if let list = try? StructuredField.list(lines) {
      let again = try? StructuredField.list([StructuredField.serialize(list)])
      try hold(again == list, "a list reads differently once it is written")
    }
    if let item = try? StructuredField.item(lines) {
      let written = StructuredField.serialize(item)
      let again = try? StructuredField.item([written])
      try hold(again == item, "an item reads differently once it is written")
      try hold(!written.contains(0x0A) && !written.contains(0x0D), "a line end is written")
    }
  }

  /// A message with whatever signature: nobody who lacks the key is let in, and no base has a forged line. And a
  /// signed message of which one byte was changed.
  static let messageSignature = FuzzTarget(name: "message-signature") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    let way = input.byte()
    let place = Int(input.byte()) << 8 | Int(input.byte())
    let bits = input.byte()
    let request = SignedRequest.any(&input)
    if way & 1 == 0 {
      try hold(!SignedRequest.isAccepted(request), "a message without the key is accepted")
      guard let received = try? ReceivedSignature(.only, in: request) else { return }
      let base = SignatureBase(received.input, of: request)
      let lineCount = base.bytes.split(separator: 0x0A, omittingEmptySubsequences: false).count
      try hold(lineCount == received.input.components.count + 1, "a component holds a line end")
      try hold(base.bytes.suffix(received.input.serialized.count) == received.input.serialized, "the parameters moved")
      return
    }
    guard let signed = SignedRequest.signed(request) else { return }
    try hold(SignedRequest.isAccepted(signed), "a signed message is refused")
    guard bits != 0, !signed.body.isEmpty else { return }
    var body = signed.body
    body[place % body.count] ^= bits
    let changed = HTTPMessage(signed.start, fields: signed.fields, body: body)
    try hold(!SignedRequest.isAccepted(changed), "a changed message is accepted")
  }

  /// A token: without the key none is accepted; of a good one with one byte changed none either.
  static let token = FuzzTarget(name: "token") { (bytes) throws(FuzzFault) in
    try hold(!Tokens.isAccepted(bytes), "a token without the key is accepted")
    var input = Input(bytes)
    let place = Int(input.byte())
    let bits = input.byte()
    let claims = (0..<2).map { TokenCreation.Claim("c\($0)", text: input.text()) }
    guard let creation = Tokens.creation, let signer = Tokens.signer,
      let token = try? creation.sign(claims, with: signer, now: SignedRequest.now, id: nil)
    else { return }
    try hold(Tokens.isAccepted(token), "a good token is refused")
    var changed = token
    changed[place % token.count] ^= bits
    try hold(bits == 0 || !Tokens.isAccepted(changed), "a changed token is accepted")
    _ = try? JSONWebKey.set(bytes)
  }
}

private enum SignedRequest {
  static let now = Instant(secondsSinceEpoch: 1_800_000_000)
  static let key = GuardedBytes(random: 32)
  private static let components = ["@method", "@target-uri", "content-digest"]

  private static let verifier: MessageSignatureVerifier? = {
    guard let policy = try? MessageSignaturePolicy(requiredComponents: components),
      let one = try? MessageVerificationKey(secret: key, .hmacSHA256, keyID: "k")
    else { return nil }
    return try? MessageSignatureVerifier(policy, keys: [one])
  }()

  /// Method, target, fields as name and value, and after an empty name the body.
  static func any(_ input: inout Input) -> HTTPMessage {
    let line = HTTPMessage.RequestLine(
      method: input.text(), target: input.field(), scheme: "https", authority: input.field())
    var fields: [HTTPField] = []
    while !input.isEmpty, fields.count < 20 {
      let name = input.text()
      guard !name.isEmpty else { break }
      fields.append(HTTPField(name: name, value: input.field()))
    }
    return HTTPMessage(.request(line), fields: fields, body: input.all())
  }

  /// The message with a digest and a signature of ours and none of its own; nil where it cannot be signed.
  static func signed(_ message: HTTPMessage) -> HTTPMessage? {
    let reserved: Set<String> = ["signature", "signature-input", "content-digest"]
    let kept = message.fields.filter { !reserved.contains($0.name.lowercased()) }
    let digest = HTTPField(name: "Content-Digest", value: ContentDigest.value(of: message.body, .sha512))
    let bare = HTTPMessage(message.start, fields: kept + [digest], body: message.body)
    guard let creation = try? MessageSignatureCreation(components: components, keyID: "k"),
      let signer = try? SecretSigner(key, .hmacSHA256),
      let added = try? creation.sign(bare, with: signer, now: now)
    else { return nil }
    return HTTPMessage(bare.start, fields: bare.fields + added, body: bare.body)
  }

  static func isAccepted(_ message: HTTPMessage) -> Bool {
    guard case .success? = verifier?.verify(message, now: now) else { return false }
    return true
  }
}

private enum Tokens {
  static let creation = try? TokenCreation(keyID: "k")
  static let signer = try? SecretSigner(SignedRequest.key, .hmacSHA256)

  private static let verifier: TokenVerifier? = {
    guard let key = try? MessageVerificationKey(secret: SignedRequest.key, .hmacSHA256, keyID: "k") else { return nil }
    return try? TokenVerifier(TokenPolicy(issuer: nil, audience: nil), keys: [key])
  }()

  static func isAccepted(_ token: [UInt8]) -> Bool { (try? verifier?.verify(token, now: SignedRequest.now)) != nil }
}
