import Cryptography
import Encodings

/// What a request offers as proof, read but not judged.
struct PresentedCredential {
  /// The secrets or decoded signatures to be tried; never more than the scheme allows.
  var candidates: [ArraySlice<UInt8>] = []
  /// The user name of basic authentication.
  var username: ArraySlice<UInt8> = []
  /// What is wrong with it already.
  var refusal: WebhookRefusal?

  private init(refusal: WebhookRefusal? = nil) { self.refusal = refusal }

  static let nothing = PresentedCredential()

  /// `Authorization: Basic …` (RFC 7617).
  static func basic(_ request: UnverifiedRequest) -> PresentedCredential {
    var result = PresentedCredential()
    switch authorization("basic", in: request) {
    case .failure(let refusal): result.refusal = refusal
    case .success(let text):
      guard text.count <= WebhookLimits.basicBytes, let pair = Base64.decode(text, padding: .optional),
        let colon = pair.firstIndex(of: UInt8(ascii: ":"))
      else { return PresentedCredential(refusal: .credentialMalformed) }
      result.username = pair[..<colon]
      result.candidates = [pair[(colon + 1)...]]
    }
    return result
  }

  /// `Authorization: Bearer …` (RFC 6750 §2.1), once and well-formed.
  static func bearer(_ request: UnverifiedRequest) -> Result<ArraySlice<UInt8>, WebhookRefusal> {
    authorization("bearer", in: request).flatMap { token in
      let isToken68 = token.drop(while: isToken68Byte).allSatisfy { $0 == UInt8(ascii: "=") }
      guard token.count <= WebhookLimits.bearerBytes, let first = token.first, isToken68Byte(first), isToken68
      else { return .failure(.credentialMalformed) }
      return .success(token)
    }
  }

  /// A secret in a header or parameter.
  static func secret(at place: SchemeSource.Place, _ reader: inout RequestReader) -> PresentedCredential {
    var result = PresentedCredential()
    do throws(RequestReader.Fault) {
      result.candidates = try reader.elements(of: SchemeSource(place))
    } catch {
      result.refusal = WebhookRefusal(credential: error)
    }
    return result
  }

  /// The signatures of a scheme. A candidate that does not decode stays, as bytes that cannot match, so that the
  /// work is the same.
  static func signatures(of scheme: SignatureScheme, _ reader: inout RequestReader) -> PresentedCredential {
    var result = PresentedCredential()
    var elements: [ArraySlice<UInt8>]
    do throws(RequestReader.Fault) {
      elements = try reader.elements(of: scheme.signature)
    } catch {
      result.refusal = WebhookRefusal(credential: error)
      // Something is read and compared all the same, so that an absent signature costs what a wrong one does.
      elements = RequestReader.elements(in: scheme.fillerTexts, of: scheme.signature) ?? []
    }
    if elements.count > scheme.maximum { result.refusal = .tooManySignatures }
    var areAllMalformed = true
    for element in elements.prefix(scheme.maximum) {
      let isInForm = scheme.signature.pattern.matches(element)
      let decoded = SignatureText.decode(element, scheme.encoding)
      let isRight = isInForm && decoded.isRight
      if isRight { areAllMalformed = false }
      // Zeros are no MAC of anything; for a public key, no bytes are no signature, and another one is verified instead.
      result.candidates.append(isRight || scheme.algorithm.family == .mac ? decoded.bytes[...] : [])
    }
    if areAllMalformed { result.refusal = result.refusal ?? .credentialMalformed }
    if result.candidates.isEmpty { result.candidates = [[]] }
    return result
  }

  /// The text after the scheme's name in the one `Authorization` header. The name compares without case
  /// (RFC 9110 §11.1).
  private static func authorization(
    _ scheme: StaticString, in request: UnverifiedRequest
  ) -> Result<ArraySlice<UInt8>, WebhookRefusal> {
    let found = request.headers.filter { HeaderName.authorization.matches($0.name) }
    guard let value = found.first?.trimmedValue else { return .failure(.credentialMissing) }
    if found.count > 1 { return .failure(.credentialRepeated) }
    let isScheme = scheme.withUTF8Buffer { name in
      value.count > name.count && zip(value, name).allSatisfy { $0 | 0x20 == $1 }
        && value[value.startIndex + name.count] == UInt8(ascii: " ")
    }
    guard isScheme else { return .failure(.credentialMissing) }
    return .success(value.dropFirst(scheme.utf8CodeUnitCount).drop { $0 == UInt8(ascii: " ") })
  }

  private static func isToken68Byte(_ byte: UInt8) -> Bool {
    ByteClass.digits.contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || "-._~+/".utf8.contains(byte)
  }
}

extension WebhookRefusal {
  /// Why a credential could not be read.
  init(credential fault: RequestReader.Fault) {
    switch fault {
    case .missing: self = .credentialMissing
    case .repeated: self = .credentialRepeated
    case .malformed: self = .credentialMalformed
    case .notJSON: self = .bodyNotJSON
    }
  }

  /// Why a value of the signed text could not be read.
  init(value fault: RequestReader.Fault) {
    switch fault {
    case .missing: self = .valueMissing
    case .repeated: self = .valueRepeated
    case .malformed: self = .valueMalformed
    case .notJSON: self = .bodyNotJSON
    }
  }

  /// Why a time could not be read.
  init(time fault: RequestReader.Fault) {
    switch fault {
    case .missing: self = .timestampMissing
    case .repeated: self = .timestampRepeated
    case .malformed: self = .timestampMalformed
    case .notJSON: self = .bodyNotJSON
    }
  }

  init?(_ verdict: TimestampWindow.Verdict) {
    switch verdict {
    case .inside: return nil
    case .tooOld: self = .timestampTooOld
    case .tooNew: self = .timestampTooNew
    }
  }
}
