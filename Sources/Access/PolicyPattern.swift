/// Why a text is not a pattern.
package enum PatternFault: Error, Equatable, Sendable {
  case empty
  case tooLong(bytes: Int)
  case tooManySegments
  case leadingSlash
  case emptySegment
  case dotSegment
  case controlCharacter
  /// `*` stands elsewhere than at the very end.
  case starNotLast
  /// `+*`, which reads as two wildcards at one place.
  case plusStar
  /// `{{…}}`: values of an identity that hold `/`, `+` or `*` widen a rule, and one that is missing skips a deny.
  case template
  /// The first segment is none that a route has, so that the rule could never match.
  case unknownRoot

  package var message: String {
    switch self {
    case .empty: "the path is empty"
    case .tooLong(let bytes): "the path has \(bytes) bytes, more than \(AccessLimits.pathBytes)"
    case .tooManySegments: "the path has more than \(AccessLimits.pathSegments) segments"
    case .leadingSlash: "the path starts with a slash"
    case .emptySegment: "the path has an empty segment, so that it can match no request"
    case .dotSegment: "the path has a segment . or .., so that it can match no request"
    case .controlCharacter: "the path has a control character"
    case .starNotLast: "* stands before the end of the path"
    case .plusStar: "+* is not a pattern"
    case .template: "templated paths ({{…}}) are not supported"
    case .unknownRoot: "the path starts with neither v1/ nor api/, so that it can match no request"
    }
  }

  package var remedy: String {
    switch self {
    case .empty: "name the path, for example v1/kv/data/app/*"
    case .tooLong, .tooManySegments: "shorten it, for example with a trailing *"
    case .leadingSlash: "drop the slash: paths are those of the HTTP API without the leading one"
    case .emptySegment: "write single slashes"
    case .dotSegment: "write the path as requests send it"
    case .controlCharacter: "remove it"
    case .starNotLast: "use + for one whole segment, or * as the last character only"
    case .plusStar: "write +/* for everything below one segment, or * alone"
    case .template: "write one policy for each identity"
    case .unknownRoot: "write the path of the HTTP API, for example v1/kv/data/app or api/runs/*"
    }
  }
}

/// The path of a rule: exact, with segments `+` (any one segment), and with a trailing `*` (any rest).
package struct PolicyPattern: Hashable, Sendable, CustomStringConvertible {
  enum Segment: Hashable, Sendable {
    case literal([UInt8])
    /// `+`: any one segment.
    case any
  }

  /// As written.
  package let text: String
  /// The pattern cut at its slashes. Where it is a prefix, the last one is a literal that the path's segment need only
  /// start with; it may be empty. Where it is exact, the last may be empty too: the spelling of a listing.
  let segments: [Segment]
  /// Whether it ends in `*`.
  package let isPrefix: Bool
  /// The bytes before the `*`, or all.
  let bytes: [UInt8]
  /// The number of `+` segments.
  let anyCount: Int
  /// Where the first wildcard stands in `bytes`; `bytes.count` for a lone trailing `*`; nil where there is none.
  let firstWildcard: Int?

  package init(_ text: String) throws(PatternFault) {
    var bytes = Array(text.utf8)
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= AccessLimits.pathBytes else { throw .tooLong(bytes: bytes.count) }
    guard bytes.first != UInt8(ascii: "/") else { throw .leadingSlash }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .controlCharacter }
    let isPrefix = bytes.last == UInt8(ascii: "*")
    if isPrefix { bytes.removeLast() }
    try Self.checkWildcards(bytes, isPrefix: isPrefix)

    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count <= AccessLimits.pathSegments else { throw .tooManySegments }
    var segments: [Segment] = []
    var firstWildcard: Int?
    for (index, part) in parts.enumerated() {
      guard !part.isEmpty || index == parts.count - 1 else { throw .emptySegment }
      let isWhole = !(isPrefix && index == parts.count - 1)
      guard !isWhole || !(part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8)) else { throw .dotSegment }
      if part.elementsEqual("+".utf8) {
        firstWildcard = firstWildcard ?? part.startIndex
        segments.append(.any)
      } else {
        segments.append(.literal(Array(part)))
      }
    }
    self.text = text
    self.segments = segments
    self.isPrefix = isPrefix
    self.bytes = bytes
    self.anyCount = segments.count { $0 == .any }
    self.firstWildcard = firstWildcard ?? (isPrefix ? bytes.count : nil)
    guard reachesRoute else { throw .unknownRoot }
  }

  package var description: String { text }

  /// Whether it matches one path only.
  package var isExact: Bool { firstWildcard == nil }

  package static func == (left: PolicyPattern, right: PolicyPattern) -> Bool {
    left.isPrefix == right.isPrefix && left.bytes == right.bytes
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(isPrefix)
    hasher.combine(bytes)
  }

  /// Whether the pattern matches a path. A listing is matched with and without a slash at its end.
  package func matches(_ path: AccessPath, isListing: Bool) -> Bool {
    matches(path.segments) || (isListing && matches(path.segments + [[]]))
  }

  private func matches(_ path: [ArraySlice<UInt8>]) -> Bool {
    guard isPrefix ? path.count >= segments.count : path.count == segments.count else { return false }
    for (index, segment) in segments.enumerated() {
      guard case .literal(let literal) = segment else { continue }
      let isLast = index == segments.count - 1
      guard isPrefix && isLast ? path[index].starts(with: literal) : path[index].elementsEqual(literal) else {
        return false
      }
    }
    return true
  }

  private static func checkWildcards(_ bytes: [UInt8], isPrefix: Bool) throws(PatternFault) {
    guard !(isPrefix && bytes.last == UInt8(ascii: "+")) else { throw .plusStar }
    guard !bytes.contains(UInt8(ascii: "*")) else { throw .starNotLast }
    guard zip(bytes, bytes.dropFirst()).allSatisfy({ $0 != UInt8(ascii: "{") || $1 != UInt8(ascii: "{") }) else {
      throw .template
    }
  }

  /// The first segments of all routes that ask for a token. A rule elsewhere, for example Vault's `secret/*` without
  /// `v1/`, would be harmless as an allow and a hole as a deny, so it is refused with the remedy.
  private static let roots: [[UInt8]] = [Array("v1".utf8), Array("api".utf8)]

  private var reachesRoute: Bool {
    guard case .literal(let first)? = segments.first else { return true }
    if isPrefix, segments.count == 1 { return Self.roots.contains { $0.starts(with: first) } }
    return segments.count > 1 && Self.roots.contains(first)
  }
}
