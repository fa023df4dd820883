import Encodings

/// One way of signing requests, as data: where signature and values are found, how the signed bytes are put
/// together, which algorithm proves them, and how old they may be. One interpreter serves every scheme.
///
/// docs/spec/webhook-schemes.md is the language; a value of this type is a scheme that has been checked against it. It never
/// changes, and is a reference, so that a request copies no settings.
package final class SignatureScheme: Sendable {
  /// A value of the request that the message, an expectation or the time check uses.
  struct Value: Sendable {
    let name: String
    let source: SchemeSource
  }

  /// A text of the request that must equal a template.
  struct Expectation: Sendable {
    let source: SchemeSource
    let equals: MessageTemplate
  }

  /// When the request was made, and how far off that may be.
  struct TimestampRule: Sendable {
    let value: Int
    let format: TimestampFormat
    let window: TimestampWindow
  }

  /// The name in the catalogue. It is part of every replay key, so renaming a scheme forgets its deliveries.
  package let name: String
  let signature: SchemeSource
  let encoding: SignatureEncoding
  /// The most signatures of one request that are looked at; more refuse.
  let maximum: Int
  package let algorithm: SignatureAlgorithm
  /// Text before the key that is no part of it, such as `whsec_`.
  let keyPrefix: [UInt8]
  /// How the sender writes its keys; nil where the scheme does not say.
  package let keyEncoding: KeyEncoding?
  let values: [Value]
  let message: MessageTemplate
  let expectations: [Expectation]
  let timestamp: TimestampRule?
  /// Source of the id that names a delivery. It is for people: it changes no verdict and no replay key.
  let replay: SchemeSource?
  /// Source of the certificate's address; its pattern is the allow-list.
  let keyAddress: SchemeSource?
  /// What a certificate must be that was fetched from there; nil where certificates have no address.
  let keyAddressRule: KeyAddressRule?
  /// Whose scheme it is, for people.
  package let about: SchemeAbout
  /// What is read in the place of a signature that is not there: one header, or a text where signatures stand elsewhere.
  private let filler: RequestHeader
  /// What an administrator should know before using the scheme.
  package var warnings: [SchemeWarning] { SchemeWarning.all(of: self) }

  /// What follows from the scheme for remembering deliveries.
  package var remarks: [SchemeWarning] { SchemeWarning.remarks(on: self) }

  /// What the loader and the recipe hand over; `init` makes a scheme of it or says why not.
  struct Draft {
    var name: String
    var signature: SchemeSource
    var encoding: SignatureEncoding
    var maximum = WebhookLimits.signatures
    var algorithm: SignatureAlgorithm
    var keyPrefix = ""
    var keyEncoding: KeyEncoding?
    var values: [(name: String, source: SchemeSource)] = []
    var message: String?
    var expectations: [(source: SchemeSource, equals: String)] = []
    var timestamp: (value: String, format: TimestampFormat, window: TimestampWindow)?
    var replay: SchemeSource?
    var keyAddress: SchemeSource?
    var keyAddressRule = KeyAddressRule()
    var about = SchemeAbout()
  }

  init(_ draft: Draft) throws(WebhookFault) {
    guard Self.isSchemeName(draft.name) else { throw .schemeName }
    try Self.checkSignature(draft)
    try Self.checkValues(draft)
    name = draft.name
    signature = draft.signature
    encoding = draft.encoding
    filler = Self.filler(draft.signature, draft.algorithm, draft.encoding)
    maximum = draft.maximum
    algorithm = draft.algorithm
    keyPrefix = Array(draft.keyPrefix.utf8)
    keyEncoding = draft.keyEncoding
    about = draft.about
    values = draft.values.map { Value(name: $0.name, source: $0.source) }
    let names = draft.values.map(\.name)
    message = try MessageTemplate(draft.message ?? "", values: names)
    if draft.algorithm == .token, draft.message != nil { throw .templateOfToken }
    if draft.algorithm != .token, message.parts.isEmpty { throw .templateMissing }
    var expectations: [Expectation] = []
    for (source, equals) in draft.expectations {
      expectations.append(Expectation(source: source, equals: try MessageTemplate(equals, values: names)))
    }
    self.expectations = expectations
    if let rule = draft.timestamp {
      guard let index = names.firstIndex(of: rule.value) else { throw .timestampValue(rule.value) }
      timestamp = TimestampRule(value: index, format: rule.format, window: rule.window)
    } else {
      timestamp = nil
    }
    replay = draft.replay
    keyAddress = draft.keyAddress
    keyAddressRule = draft.keyAddress == nil ? nil : draft.keyAddressRule
  }

  /// HMAC-SHA-256 of the body in `X-Hub-Signature-256`: the most common scheme, and hence the one against which a
  /// request is checked that has no endpoint.
  package static let standard = SignatureScheme()

  private init() {
    name = "standard"
    signature = SchemeSource(.header(.hubSignature), tag: "sha256=")
    encoding = .hex
    filler = Self.filler(signature, .hmacSHA256, .hex)
    maximum = WebhookLimits.signatures
    algorithm = .hmacSHA256
    keyPrefix = []
    keyEncoding = .utf8
    about = SchemeAbout()
    values = []
    message = MessageTemplate(parts: [.body])
    expectations = []
    timestamp = nil
    replay = nil
    keyAddress = nil
    keyAddressRule = nil
  }

  /// A text of the form of a signature, tag included, which fits nothing: zero bytes of the length that the algorithm
  /// gives.
  private static func filler(
    _ signature: SchemeSource, _ algorithm: SignatureAlgorithm, _ encoding: SignatureEncoding
  ) -> RequestHeader {
    let count: Int =
      switch algorithm {
      case .hmacSHA1: 20
      case .hmacSHA256, .token: 32
      case .hmacSHA384: 48
      case .hmacSHA512, .ed25519: 64
      case .ecdsaP256SHA256: 0
      case .rsaPKCS1SHA256, .rsaPKCS1SHA1: 256
      }
    let bytes = [UInt8](repeating: 0, count: count)
    let text: [UInt8] =
      switch encoding {
      case .hex: Hex.encodeBytes(bytes)
      case .base64: Base64.encodeBytes(bytes)
      case .text: bytes
      }
    var name = ""
    if case .header(let header) = signature.place { name = header.text }
    return RequestHeader(name: name, value: (signature.tag ?? []) + text)
  }

  /// The filler's texts, looked for as those of the signature are: a header is found by its name among one.
  var fillerTexts: [ArraySlice<UInt8>] {
    guard case .header(let name) = signature.place else { return [filler.value[...]] }
    return RequestReader.values(of: name, in: [filler])
  }

  /// What separates the replay keys of different schemes. Deliberately not a hash of the definition: a scheme whose
  /// window or pattern is edited must still recognise what it accepted before.
  var identity: String { "scheme:\(name)" }

  /// Whether nobody without the key can change the time that is checked.
  var isTimestampSigned: Bool {
    guard let timestamp, algorithm != .token else { return false }
    if message.parts.contains(.value(timestamp.value)) { return true }
    guard case .json(let pointer) = values[timestamp.value].source.place else { return false }
    return message.parts.contains(.body)
      || message.parts.contains(.notificationFields) && pointer.isMember("Timestamp")
  }

  /// Whether a time is checked.
  package var timestampIsChecked: Bool { timestamp != nil }

  /// Whether nobody without the key can change the id that names the delivery.
  var isReplayIDSigned: Bool {
    guard let replay, algorithm != .token else { return false }
    if isSigned(replay) { return true }
    guard case .json(let pointer) = replay.place else { return false }
    // A checksum does not bind what the body says.
    return isBodySigned && !message.parts.contains(.notificationFields)
      || message.parts.contains(.notificationFields) && pointer.isMember("MessageId")
  }

  /// Whether nobody without the key can change the text of this source, wherever the body comes from.
  private func isSigned(_ source: SchemeSource) -> Bool {
    let isValue = message.parts.contains { part in
      guard case .value(let index) = part else { return false }
      let value = values[index].source
      return value.place == source.place && value.separator == source.separator && value.tag == source.tag
    }
    if isValue { return true }
    guard case .query = source.place else { return false }
    return message.parts.contains(.url)
  }

  /// Whether what the run gets of the body is under the signature: by the message, or by a text that is itself signed and
  /// must equal a hash of the body. A text that nobody signed would bind nothing: whoever changes the body changes it too.
  var isBodySigned: Bool {
    algorithm != .token
      && (message.parts.contains(where: \.bindsBody)
        || expectations.contains { $0.equals.parts.contains(where: \.bindsBody) && isSigned($0.source) })
  }

  /// Whether single fields of the body are signed and the others are anybody's: these are not handed on.
  var signsFieldsOnly: Bool {
    message.parts.contains(.notificationFields)
      && !message.parts.contains { $0 != .notificationFields && $0.bindsBody }
  }

  /// Whether a value of this header takes part in the signed bytes.
  package func signs(_ header: HeaderName) -> Bool {
    message.parts.contains { part in
      guard case .value(let index) = part else { return false }
      return values[index].source.place == .header(header)
    }
  }

  /// Whether this header holds the signature, or one of them.
  func isCarried(by header: HeaderName) -> Bool {
    switch signature.place {
    case .header(let carrier): carrier == header
    case .headerFamily(let family): family.familyNumber(of: header.text) != nil
    case .query, .json, .config: false
    }
  }

  /// Whether requests name the certificate under which they are signed.
  package var namesItsKey: Bool { keyAddress != nil }

  /// The form of the addresses of certificates, as it is written; nil where certificates have none.
  package var keyAddressPattern: String? { keyAddress?.pattern.source }

  /// Whether a certificate may be published at this address.
  package func allowsKey(at address: String) -> Bool { keyAddress?.pattern.matches(Array(address.utf8)) ?? true }

  /// Names what a fetched certificate is judged by, so that one judged by another rule is not taken for it.
  package var keyJudgement: String {
    let rule = keyAddressRule ?? KeyAddressRule()
    return
      "\(name) \(algorithm.rawValue) \(rule.chain.rawValue) \(rule.subject ?? "") \(keyAddress?.pattern.source ?? "")"
  }

  /// The settings that the administrator has to enter, by name, with the form each must have.
  package var settings: [(name: String, pattern: ValuePattern)] {
    let read = values.compactMap { value -> (name: String, pattern: ValuePattern)? in
      guard case .config(let name) = value.source.place else { return nil }
      return (name, value.source.pattern)
    }
    return asksForTopic ? read + [(Self.topicSetting, .visibleASCII)] : read
  }

  /// All topics of all customers of SNS are signed under the same certificates: without the name of one's own, everybody's
  /// notifications would be let in. So each endpoint says which it takes, whatever the scheme expects beside.
  var asksForTopic: Bool { message.parts.contains(.notificationFields) }

  package static let topicSetting = "topic_arn"

  // MARK: Checks

  /// Whether a scheme may have this name: 1 to 64 lower-case letters, digits and hyphens.
  package static func isSchemeName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        ByteClass.digits.contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || byte == UInt8(ascii: "-")
      }
  }

  private static func checkSignature(_ draft: Draft) throws(WebhookFault) {
    if case .config = draft.signature.place { throw .signatureInConfiguration }
    guard (draft.algorithm == .token) == (draft.encoding == .text) else { throw .signatureEncoding(draft.algorithm) }
    if draft.algorithm == .token, case .json = draft.signature.place { throw .tokenInBody }
    guard (1...WebhookLimits.signaturesAtMost).contains(draft.maximum) else { throw .signatureMaximum }
    if draft.keyAddress != nil, draft.algorithm.family != .publicKey || draft.algorithm == .ed25519 {
      throw .keyAddress(draft.algorithm)
    }
    if let encoding = draft.keyEncoding, !encoding.serves(draft.algorithm) {
      throw .key(.encoding(encoding, draft.algorithm))
    }
  }

  private static func checkValues(_ draft: Draft) throws(WebhookFault) {
    let limit = WebhookLimits.schemeParts
    guard draft.values.count <= limit, draft.expectations.count <= limit else { throw .tooManyValues }
    var seen: Set<String> = []
    for (name, _) in draft.values {
      guard isValueName(name) else { throw .valueName }
      guard seen.insert(name).inserted else { throw .repeatedValue(name) }
    }
    if let address = draft.keyAddress, !address.pattern.node.isAddressOfFixedDomain { throw .keyAddressForm }
    let single =
      draft.values.map(\.source) + draft.expectations.map(\.source)
      + [draft.replay, draft.keyAddress].compactMap { $0 }
    for source in single {
      if case .headerFamily = source.place { throw .familyOutsideSignature }
    }
  }

  private static func isValueName(_ name: String) -> Bool {
    (1...32).contains(name.utf8.count) && !MessageTemplate.reservedNames.contains(name)
      && name.utf8.allSatisfy { byte in
        ByteClass.digits.contains(byte) || byte == UInt8(ascii: "_")
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      }
  }
}
