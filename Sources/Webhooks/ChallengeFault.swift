/// What can be wrong with a handshake profile, or with its use at an endpoint. An administrator's mistake; no case
/// carries a secret.
package enum ChallengeFault: Error, Hashable, Sendable {
  case formCount
  case method
  case source
  case tokenForm
  case tokenAlphabet
  case tokenMissing
  case tokenUnused
  case nothingRecognised
  case macAlphabet
  case template(String)
  case secretInAnswer
  case answerStatus
  case answerBody
  case answerHeader(String)
  case answerEmpty
  case pin
  case link
  case settingName

  case needsScheme([String])
  case needsAuthentication
  case needsSharedKey
  case setting(String)
  case unknownSetting(String)
  case blankSecret

  /// One sentence: what is wrong, and what to do about it.
  package var message: String {
    switch self {
    case .formCount: "a handshake profile is one form, or `forms` with 1 to \(WebhookLimits.challengeForms) of them"
    case .method: "the method of a handshake is GET, POST, PUT or OPTIONS"
    case .source: "a handshake reads headers, query and JSON; what the administrator enters is named in templates"
    case .tokenForm:
      "the pattern of a token must bound its length, to at most \(WebhookLimits.challengeTokenBytes) bytes"
    case .tokenAlphabet:
      "a token that is given back is visible ASCII and spaces, without < > \" ' & and `: it must not be markup"
    case .tokenMissing: "the answer, the MAC or the pin uses a token that the form does not read"
    case .tokenUnused: "the form reads a token and does nothing with it"
    case .nothingRecognised: "a handshake by POST needs a token or a condition, or every request would be one"
    case .macAlphabet:
      "a token under a MAC has only letters, digits and + / = _ -: it must not be able to be a signed message"
    case .template(let name): "the template names \(name), which this profile does not have"
    case .secretInAnswer: "verify_token is the secret that a request must bring; it cannot stand in an answer"
    case .answerStatus: "the status of an answer is 200, 201, 202 or 204"
    case .answerBody: "an answer has one body: text or json"
    case .answerHeader(let name): "an answer cannot set the header \(name)"
    case .answerEmpty: "an answer of status 204 has no body"
    case .pin: "a pinned key is the token of an unsigned POST without a MAC"
    case .link: "a link is followed only where the request is signed, and its pattern begins with https:// and a host"
    case .settingName:
      "a setting's name is 1 to 32 lower-case letters, digits and underscores, and not a template's word"
    case .needsScheme(let names):
      "this handshake profile belongs to a signed scheme: the endpoint's scheme must be \(names.joined(separator: " or "))"
    case .needsAuthentication:
      "this handshake profile answers signed requests only, so the endpoint needs authentication"
    case .needsSharedKey:
      "this handshake profile computes with the endpoint's key, so the endpoint needs a scheme by HMAC"
    case .setting(let name): "the handshake profile needs the setting \(name), in the form that its pattern says"
    case .unknownSetting(let name): "the handshake profile has no setting \(name)"
    case .blankSecret: "the verify token is empty or blank: it would let everybody in"
    }
  }
}
