/// Why a text is not a path that can be decided on. Carries no part of the text.
package enum PathFault: Error, Equatable, Sendable {
  case empty
  case tooLong(bytes: Int)
  case tooManySegments
  case leadingSlash
  /// Two slashes in a row, or a slash at the end of what is not a listing.
  case emptySegment
  /// `.` or `..`, written out or percent-encoded once.
  case dotSegment
  case controlCharacter

  /// One sentence for whoever sent the path.
  package var message: String {
    switch self {
    case .empty: "the path is empty"
    case .tooLong(let bytes): "the path has \(bytes) bytes, more than \(AccessLimits.pathBytes)"
    case .tooManySegments: "the path has more than \(AccessLimits.pathSegments) segments"
    case .leadingSlash: "the path starts with a slash; write it without"
    case .emptySegment: "the path has an empty segment (two slashes in a row, or one at the end)"
    case .dotSegment: "the path has a segment . or .."
    case .controlCharacter: "the path has a control character"
    }
  }
}

/// The path of a request as policies see it: the HTTP path, decoded once, without the leading slash
/// (`v1/kv/data/app`, `api/runs`).
///
/// There is one spelling of a path: what would need resolving (`..`, empty segments) is refused, not resolved, so that
/// the path that was decided on and the path that is acted on cannot differ. A handler takes its path from
/// `Authorization.path` for the same reason. Equality is of bytes: two Unicode spellings of one letter are two paths.
package struct AccessPath: Hashable, Sendable, CustomStringConvertible {
  /// UTF-8, no slash at either end.
  package let bytes: [UInt8]
  /// The same, cut at the slashes: at least one, none empty.
  let segments: [ArraySlice<UInt8>]

  /// Reads a path. A listing may end in one slash (clients send both spellings); it is dropped, and rules are matched
  /// against both.
  package init(_ text: String, isListing: Bool = false) throws(PathFault) {
    var bytes = Array(text.utf8)
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= AccessLimits.pathBytes else { throw .tooLong(bytes: bytes.count) }
    guard bytes.first != UInt8(ascii: "/") else { throw .leadingSlash }
    if isListing, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .controlCharacter }
    let segments = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard segments.count <= AccessLimits.pathSegments else { throw .tooManySegments }
    for segment in segments {
      guard !segment.isEmpty else { throw .emptySegment }
      guard !Self.isDots(segment) else { throw .dotSegment }
    }
    self.bytes = bytes
    self.segments = segments
  }

  package var text: String { String(decoding: bytes, as: UTF8.self) }
  package var description: String { text }

  package static func == (left: AccessPath, right: AccessPath) -> Bool {
    left.bytes == right.bytes
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
  }

  /// `.` and `..`, each dot written out or as `%2e`: a handler that decoded once more must not climb either.
  private static func isDots(_ segment: ArraySlice<UInt8>) -> Bool {
    var rest = segment
    var dots = 0
    while let first = rest.first {
      if first == UInt8(ascii: ".") {
        rest = rest.dropFirst()
      } else if rest.count >= 3, rest.starts(with: [0x25, 0x32, 0x65]) || rest.starts(with: [0x25, 0x32, 0x45]) {
        rest = rest.dropFirst(3)
      } else {
        return false
      }
      dots += 1
    }
    return dots == 1 || dots == 2
  }
}
