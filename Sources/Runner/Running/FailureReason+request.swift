import Destinations
import Egress
import RunEngine

/// Requests that are not sent for what they are. Where values decide that, one that somebody else can choose beside them
/// would tell their length or their characters, so the reason is one that `RunSession.counted` counts. What only the
/// documents and the rules of the service decide is `blocked`.
extension FailureReason {
  init(_ fault: URLFault) {
    switch fault {
    case .tooLong:
      self = .valueTooLarge(
        "the URL has more than \(URLLimits.textBytes) bytes; send less in its path and query, or send it in the body")
    case .tooManySegments: self = .valueTooLarge(fault.message)
    case .unsupportedScheme, .plainHTTPNotAllowed: self = .blocked
    case .empty, .surroundingSpace, .controlCharacter, .notUTF8, .backslash, .notAbsolute, .credentials, .fragment,
      .emptyHost, .nonASCIIHost, .hostCharacter, .hostLabel, .hostALabel, .numericHost, .hostIPv6, .port, .brokenEscape,
      .notCanonical, .queryInBase, .resourceNotPath, .brokenPlaceholder, .variableInOrigin, .variableInQueryName,
      .mixedSegment, .mixedSegmentLiteral, .emptySegment, .dotSegmentAfterVariable:
      self = .conversion(fault.message)
    }
  }

  init(_ refusal: RequestRefusal) {
    switch refusal {
    case .url(let fault): self = FailureReason(fault)
    case .tooManyHeaders, .tooLongHeaders: self = .valueTooLarge(refusal.message)
    case .otherTarget, .method, .bodyNotAllowed, .reservedHeader, .headerName, .headerValue:
      self = .conversion(refusal.message)
    case .otherDestination, .otherPeer: self = .blocked
    }
  }
}
