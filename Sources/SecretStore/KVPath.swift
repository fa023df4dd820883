/// Why a text is no path of the key/value store.
package enum KVPathFault: Hashable, Sendable {
  case empty
  case tooLong(limit: Int)
  case tooManySegments(limit: Int)
  /// A path begins with its mount and has something below it.
  case mountOnly
  case emptySegment
  case dotSegment
  case character

  package var message: String {
    switch self {
    case .empty: "the path is empty"
    case .tooLong(let limit): "the path has more than \(limit) bytes"
    case .tooManySegments(let limit): "the path has more than \(limit) segments"
    case .mountOnly: "a path is the mount and a name below it, such as kv/openai"
    case .emptySegment: "the path has an empty segment: a slash at an end, or two in a row"
    case .dotSegment: "the path has a segment . or .."
    case .character: "a path consists of visible ASCII characters other than #, %, \\ and \""
    }
  }
}

/// A path of the key/value store: `kv/openai`, `kv/team/prod/database`.
///
/// A path names rows and is matched by policies, so every path has exactly one spelling: nothing is resolved or
/// decoded; what would need it is refused. A path may be shown.
package struct KVPath: Hashable, Comparable, Sendable {
  package let segments: [String]

  package static let maximumBytes = 512
  package static let maximumSegments = 32

  /// Reads a path without a leading slash. Throws `path`.
  package init(_ text: String) throws(SecretStoreError) {
    guard !text.isEmpty else { throw .path(.empty) }
    guard text.utf8.count <= Self.maximumBytes else { throw .path(.tooLong(limit: Self.maximumBytes)) }
    let refused = Set("#%\\\"".utf8)
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !refused.contains($0) }) else {
      throw .path(.character)
    }
    let segments = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard segments.allSatisfy({ !$0.isEmpty }) else { throw .path(.emptySegment) }
    guard segments.allSatisfy({ $0 != "." && $0 != ".." }) else { throw .path(.dotSegment) }
    guard segments.count >= 2 else { throw .path(.mountOnly) }
    guard segments.count <= Self.maximumSegments else {
      throw .path(.tooManySegments(limit: Self.maximumSegments))
    }
    self.segments = segments
  }

  /// The store's mount: the first segment.
  package var mount: String { segments.first ?? "" }

  /// The path below the mount.
  package var name: String { segments.dropFirst().joined(separator: "/") }

  /// The whole path.
  package var text: String { segments.joined(separator: "/") }

  package static func < (left: KVPath, right: KVPath) -> Bool { left.text < right.text }
}

extension KVPath: CustomStringConvertible {
  package var description: String { text }
}
