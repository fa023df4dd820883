package import MessageSignatures

/// What an administrator should know about a scheme before relying on it. A warning is a property of the sender's
/// protocol: it cannot be repaired here, only known. A remark is one as well, but takes nothing from what a signature
/// proves here: it says what follows for remembering.
package enum SchemeWarning: Hashable, Sendable {
  /// Two parts of the signed bytes touch and nothing fixes where the first ends.
  case touchingParts(first: String, second: String)
  case timestampNotSigned
  case bodyNotSigned
  /// The method, or the address that is called, is not under a message signature.
  case methodNotSigned
  case targetNotSigned
  /// The body is bound by CRC-32 only.
  case bodyBoundByChecksum
  /// Form names and values are joined without separators.
  case recuttableForm
  case restsOnSHA1
  case staticToken
  /// A remark: no time is checked.
  case noTime
  /// A remark: no id names the delivery.
  case noReplayID

  /// A stable code, for `check` and for confirmations.
  package var code: String {
    switch self {
    case .touchingParts: "webhook.touching-parts"
    case .timestampNotSigned: "webhook.timestamp-not-signed"
    case .bodyNotSigned: "webhook.body-not-signed"
    case .methodNotSigned: "webhook.method-not-signed"
    case .targetNotSigned: "webhook.target-not-signed"
    case .bodyBoundByChecksum: "webhook.body-bound-by-checksum"
    case .recuttableForm: "webhook.recuttable-form"
    case .restsOnSHA1: "webhook.sha1"
    case .staticToken: "webhook.static-token"
    case .noTime: "webhook.no-time"
    case .noReplayID: "webhook.no-replay-id"
    }
  }

  package var message: String {
    switch self {
    case .touchingParts(let first, let second):
      "bytes can be moved between \(first) and \(second) without breaking the signature: "
        + "give \(first) a pattern that fixes where it ends, or sign lengths too (framing: lengths of a recipe)"
    case .timestampNotSigned:
      "the timestamp is not signed: an old request with a fresh timestamp is accepted; sign the header"
    case .bodyNotSigned: "the body is not signed: whoever sees one request can send it again with another body"
    case .methodNotSigned: "the method is not signed: require @method"
    case .targetNotSigned:
      "the address is not signed: a request to another endpoint under the same key is accepted here; "
        + "require @target-uri, or @authority, @path and @query"
    case .bodyBoundByChecksum: "the body is bound by a checksum only: another body with the same checksum is accepted"
    case .recuttableForm: "names and values of the form are joined without separators and can be cut anew"
    case .restsOnSHA1: "the algorithm rests on SHA-1: choose sha256 where the sender can"
    case .staticToken: "nothing is signed: whoever sees one request can send any other"
    case .noTime:
      "no time is signed: an old request is as good as a new one, so each is remembered until the endpoint's keys change"
    case .noReplayID:
      "no id names a delivery: the sender's next attempt is recognised only if it signs the same bytes again"
    }
  }

  /// Every code of a warning, for whoever confirms them by name.
  package static let codes = [
    "webhook.touching-parts", "webhook.timestamp-not-signed", "webhook.body-not-signed",
    "webhook.body-bound-by-checksum", "webhook.recuttable-form", "webhook.sha1", "webhook.static-token",
  ]

  /// What follows for remembering deliveries.
  static func remarks(on scheme: SignatureScheme) -> [SchemeWarning] {
    guard scheme.algorithm != .token else { return [] }
    return (scheme.isTimestampSigned ? [] : [.noTime]) + (scheme.isReplayIDSigned ? [] : [.noReplayID])
  }

  /// What a policy of message signatures leaves open.
  package static func all(of policy: MessageSignaturePolicy) -> [SchemeWarning] {
    (policy.bindsBody ? [] : [.bodyNotSigned]) + (policy.bindsMethod ? [] : [.methodNotSigned])
      + (policy.bindsTarget ? [] : [.targetNotSigned])
  }

  static func all(of scheme: SignatureScheme) -> [SchemeWarning] {
    if scheme.algorithm == .token { return [.staticToken] }
    var warnings: [SchemeWarning] = []
    if let (first, second) = MessageBoundaries.undetermined(in: scheme) {
      warnings.append(.touchingParts(first: first, second: second))
    }
    if scheme.timestamp != nil, !scheme.isTimestampSigned { warnings.append(.timestampNotSigned) }
    if scheme.message.parts.contains(.bodyCRC32) {
      if !scheme.isBodySigned { warnings.append(.bodyBoundByChecksum) }
    } else if !scheme.isBodySigned {
      warnings.append(.bodyNotSigned)
    }
    if scheme.message.parts.contains(.sortedForm) { warnings.append(.recuttableForm) }
    if scheme.algorithm.usesSHA1 { warnings.append(.restsOnSHA1) }
    return warnings
  }
}
