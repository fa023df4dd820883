/// Everything that can be wrong with the *configuration* of a public endpoint: its scheme, its settings, its keys.
///
/// These are mistakes of an administrator and are told to the administrator, with the remedy. What is wrong with a
/// request is a `WebhookRefusal` and is told to nobody who sent it. No case carries a secret or any part of one.
package enum WebhookFault: Error, Hashable, Sendable {
  case notAMapping(String)
  case unknownField(String)
  case missingField(String)
  case wrongKind(field: String, wanted: String)
  /// The words that the field can have; for `in` those of every source.
  case unknownWord(field: String, among: [String] = [])
  case recipeBesideScheme
  case schemeCount

  case headerName
  case reservedHeader(String)
  case parameterName
  case pattern(PatternFault)
  case window
  case jsonPointer

  case templateBrace(at: Int)
  case templateName(at: Int)
  case templateParts
  case templateMissing
  case templateOfToken

  case about
  case schemeName
  case valueName
  case repeatedValue(String)
  case tooManyValues
  case familyOutsideSignature
  case signatureInConfiguration
  case signatureEncoding(SignatureAlgorithm)
  case signatureMaximum
  case tokenInBody
  case timestampValue(String)
  case keyAddress(SignatureAlgorithm)
  case keyAddressForm

  case recipeAlgorithm
  case recipeDigest
  case recipePrefix
  case recipeSignsItself
  case recipeRepeatedHeader(String)
  case recipePatternWithoutHeader(String)

  case endpointID
  case publicURL
  case username
  case setting(String)
  case timestampHeaderIsCredential
  case challenge(ChallengeFault)

  case key(KeyFault)

  /// One sentence: what is wrong, and what to do about it.
  package var message: String {
    switch self {
    case .notAMapping(let what): "\(what) must be a mapping"
    case .unknownField(let name): "the field \(name) is not part of the scheme language"
    case .missingField(let name): "the field \(name) is missing"
    case .wrongKind(let field, let wanted): "the field \(field) must be \(wanted)"
    case .unknownWord(let field, let words):
      Self.sentence(field, words.isEmpty && field == "in" ? SchemeSource.words : words)
    case .recipeBesideScheme: "a recipe stands alone: it is written instead of all other fields of a scheme but `about`"
    case .schemeCount: "a file of schemes is one mapping from names to schemes, of at most 1000"
    case .headerName: "a header name is 1 to 128 token characters, such as X-Signature"
    case .reservedHeader(let name): "the header \(name) frames every request and cannot carry a credential or a time"
    case .parameterName: "a parameter name is 1 to 128 visible ASCII characters"
    case .pattern(let fault): fault.message
    case .window: "a time window reaches 0 to \(WebhookLimits.windowSeconds) seconds each way"
    case .jsonPointer: "a JSON source is named by a JSON Pointer, such as /event/id (RFC 6901)"
    case .templateBrace(let place): "the template has an unpaired brace at offset \(place)"
    case .templateName(let place):
      "the name in braces at offset \(place) of the template is neither a value of the scheme nor a part such as {body}"
    case .templateParts: "the template has more than \(WebhookLimits.schemeParts) parts"
    case .templateMissing: "a scheme that signs needs a message: the template of the signed bytes"
    case .templateOfToken: "with the algorithm token nothing is signed, so there is no message"
    case .about:
      "about holds title, page, key and notes: printable text of at most \(WebhookLimits.aboutBytes) bytes each, "
        + "and at most \(WebhookLimits.aboutNotes) notes"
    case .schemeName: "a scheme name is 1 to 64 lower-case letters, digits and hyphens"
    case .valueName: "a value name is 1 to 32 letters, digits and underscores and not body, method or url"
    case .repeatedValue(let name): "the value \(name) is declared twice"
    case .tooManyValues: "a scheme has at most \(WebhookLimits.schemeParts) values and as many expectations"
    case .familyOutsideSignature: "a header family can hold signatures only: a value must be in exactly one place"
    case .signatureInConfiguration: "a signature comes with the request, never from the configuration"
    case .signatureEncoding(let algorithm):
      algorithm == .token
        ? "the algorithm token compares text: its signature has the encoding text"
        : "a signature by \(algorithm.rawValue) is written as hex or base64"
    case .signatureMaximum: "max is 1 to \(WebhookLimits.signaturesAtMost)"
    case .tokenInBody:
      "a token in the body could not be cut out before the request is recorded; use a header or a parameter"
    case .timestampValue(let name): "the timestamp names the value \(name), which the scheme does not declare"
    case .keyAddress(let algorithm): "key_url chooses among certificates, and \(algorithm.rawValue) does not use them"
    case .keyAddressForm:
      "key_url needs a pattern of addresses `https://HOST/…` whose host ends in a domain that is written "
        + "out: whoever can name another address would be let in by a certificate of their own"
    case .recipeAlgorithm: "the algorithm of a recipe is sha1, sha256, sha384 or sha512"
    case .recipeDigest: "the digest of a recipe is hex or base64"
    case .recipePrefix: "the prefix cannot begin with white space: outer white space is no part of a header value"
    case .recipeSignsItself: "the header that carries the signature cannot be among the signed headers"
    case .recipeRepeatedHeader(let name): "the header \(name) is listed twice in headers_to_sign"
    case .recipePatternWithoutHeader(let name):
      "a pattern is given for the header \(name), which is not in headers_to_sign"
    case .endpointID: "an endpoint id is 1 to 128 visible ASCII characters"
    case .publicURL:
      "the public URL is http:// or https:// with host and path, in visible ASCII, without query and fragment"
    case .username: "a user name is 1 to 255 bytes and holds no colon and no control character (RFC 7617)"
    case .setting(SignatureScheme.topicSetting):
      "the scheme needs the setting topic_arn, the name of the topic whose notifications the endpoint takes: those of all "
        + "customers of SNS are signed under the same certificates"
    case .setting(let name): "the scheme needs the setting \(name), in the form that its pattern says"
    case .timestampHeaderIsCredential:
      "one header cannot be both the credential and the timestamp: name the header in which the sender writes the time, "
        + "or leave the timestamp header out"
    case .challenge(let fault): fault.message
    case .key(let fault): fault.message
    }
  }

  private static func sentence(_ field: String, _ words: [String]) -> String {
    words.isEmpty
      ? "the field \(field) has a value that the scheme language does not know"
      : "the field \(field) must be one of \(words.joined(separator: ", "))"
  }
}
