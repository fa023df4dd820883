/// What a log may do with a request that uses a value of this origin (details.md, "What the log does, by origin").
///
/// The rules are ordered: joining two values takes the stricter one.
package enum LogRule: UInt8, Comparable, Hashable, Sendable, CaseIterable {
  /// The value may be shown; the origin is kept only so that its way can be followed.
  case shown = 0
  /// The value is replaced by its mask, the rest of the request is shown.
  case masked = 1
  /// The headers and the body of a request that uses it are removed, and the URL is masked by span.
  case removesRequest = 2

  package static func < (left: LogRule, right: LogRule) -> Bool { left.rawValue < right.rawValue }
}
