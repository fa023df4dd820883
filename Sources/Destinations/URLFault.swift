/// Why a URL, a host or a URL template is refused. Closed, and without the caller's text: a URL can hold a secret.
package enum URLFault: Error, Hashable, Sendable, CaseIterable {
  case empty
  case tooLong
  case tooManySegments
  case surroundingSpace
  case controlCharacter
  case notUTF8
  case backslash
  case notAbsolute
  case unsupportedScheme
  case plainHTTPNotAllowed
  case credentials
  case fragment
  case emptyHost
  case nonASCIIHost
  case hostCharacter
  case hostLabel
  case hostALabel
  case numericHost
  case hostIPv6
  case port
  case brokenEscape
  case notCanonical
  case queryInBase
  case resourceNotPath
  case brokenPlaceholder
  case variableInOrigin
  case variableInQueryName
  case mixedSegment
  case mixedSegmentLiteral
  case emptySegment
  case dotSegmentAfterVariable

  /// One sentence for the author of the document, with the remedy where there is one.
  package var message: String {
    switch self {
    case .empty: "the URL is empty"
    case .tooLong: "the URL is longer than \(URLLimits.textBytes) bytes"
    case .tooManySegments: "the URL path has more than \(URLLimits.pathSegments) segments"
    case .surroundingSpace: "the URL begins or ends with a space; remove it"
    case .controlCharacter: "the URL contains a control character (tab and line break included); remove it"
    case .notUTF8: "the URL is not UTF-8 text"
    case .backslash: "the URL contains a backslash; write '/' or, as data, %5C"
    case .notAbsolute: "the URL is not absolute; write https://HOST/PATH"
    case .unsupportedScheme: "only https URLs are called (http where the configuration allows the host and port)"
    case .plainHTTPNotAllowed:
      "plain http is refused for this host; write https, or allow it with --allow-egress HOST:PORT"
    case .credentials: "the URL carries credentials before '@'; enter them as the integration's authorisation"
    case .fragment: "the URL contains '#'; a fragment is never sent, and as data it is written %23"
    case .emptyHost: "the URL has no host"
    case .nonASCIIHost: "the host is not ASCII; write its A-label (xn--…)"
    case .hostCharacter: "the host contains a character other than letters, digits, '-', '_' and '.'"
    case .hostLabel:
      "a part of the host is empty, longer than 63 bytes or begins or ends with '-', or the host is longer than 253"
    case .hostALabel: "a part of the host that begins with xn-- is not a valid A-label"
    case .numericHost: "a numeric host must be an IPv4 address of four decimal numbers without leading zeros"
    case .hostIPv6: "the host in brackets is not an IPv6 address (a zone is not allowed)"
    case .port: "the port must be a number from 1 to 65535 without leading zeros"
    case .brokenEscape: "'%' is not followed by two hexadecimal digits; as data it is written %25"
    case .notCanonical: "the URL is not in canonical form"
    case .queryInBase: "a base URL has no query; write it in the method's resource or parameters"
    case .resourceNotPath: "a method's resource is a path below the base URL, not a URL of its own"
    case .brokenPlaceholder: "a placeholder is not closed, empty, or contains a character that no name has"
    case .variableInOrigin: "a variable may not stand in the scheme, the host or the port"
    case .variableInQueryName: "a variable may not stand in the name of a query parameter"
    case .mixedSegment: "a path segment must be wholly literal or wholly one placeholder where values are encrypted"
    case .mixedSegmentLiteral: "a path segment that holds a placeholder may not hold '/', '\\' or ';', escaped or not"
    case .emptySegment: "the path contains an empty segment ('//')"
    case .dotSegmentAfterVariable: "'..' may not remove a path segment that holds a variable"
    }
  }
}

/// Limits of this room, in one place. All of them are met before work is done that grows with the input.
package enum URLLimits {
  /// The longest URL or template, in bytes.
  package static let textBytes = 16_384
  /// The most segments of a path.
  package static let pathSegments = 256
  /// RFC 1035 §2.3.4: the longest name without its trailing dot, and the longest label, in bytes.
  package static let hostBytes = 253
  /// The longest label of a host, in bytes.
  package static let hostLabelBytes = 63
  /// The longest value substituted for one path placeholder, in bytes before encoding.
  package static let pathValueBytes = 2_048
}
