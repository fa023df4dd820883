package import Access

/// One row of the table of routes: what it matches, who may, what it gives out, and what it does.
package struct Route: Sendable {
  /// Who may call it.
  package enum Admission: Sendable {
    /// Anybody, known or not.
    case anybody
    /// Whoever's policies allow this capability on this path; the path's placeholders are the pattern's.
    case token(Capability, path: String, privilege: Authorizer.Privilege = .ordinary)
  }

  package let methods: [String]
  /// Segments: literal, `{name}` for one, `{name*}` for the rest (the last only).
  package let pattern: String
  /// The pattern, taken apart once: every request is held against every pattern.
  private let parts: [Part]
  package let admission: Admission
  package let discloses: Disclosure
  /// The largest body in bytes.
  package let bodyLimit: Int
  let handle: @Sendable (ServerCore, RouteRequest, Authorization?) async throws -> RouteResponse

  init(
    _ methods: [String], _ pattern: String, _ admission: Admission, discloses: Disclosure = .never,
    bodyLimit: Int = Limits.body,
    _ handle: @escaping @Sendable (ServerCore, RouteRequest, Authorization?) async throws -> RouteResponse
  ) {
    self.methods = methods
    self.pattern = pattern
    parts = pattern.split(separator: "/", omittingEmptySubsequences: true).map { Part(String($0)) }
    self.admission = admission
    self.discloses = discloses
    self.bodyLimit = bodyLimit
    self.handle = handle
  }

  /// A segment of a pattern.
  private enum Part: Sendable {
    case literal(String)
    case one(name: String)
    case rest(name: String)

    init(_ text: String) {
      if text.hasSuffix("*}") {
        self = .rest(name: String(text.dropFirst().dropLast(2)))
      } else if text.hasPrefix("{") {
        self = .one(name: String(text.dropFirst().dropLast()))
      } else {
        self = .literal(text)
      }
    }
  }

  /// The words with which every path begins that it matches.
  var leadingWords: [String] {
    parts.prefix { if case .literal = $0 { true } else { false } }.map {
      if case .literal(let text) = $0 { text } else { "" }
    }
  }

  /// The placeholders' values where the path fits; nil where it does not.
  func match(_ segments: [String]) -> [String: String]? {
    guard fits(segments) else { return nil }
    var values: [String: String] = [:]
    for (index, part) in parts.enumerated() {
      switch part {
      case .literal: break
      case .one(let name): values[name] = segments[index]
      case .rest(let name): values[name] = segments[index...].joined(separator: "/")
      }
    }
    return values
  }

  private func fits(_ segments: [String]) -> Bool {
    for (index, part) in parts.enumerated() {
      if case .rest = part { return segments.count >= index }
      guard index < segments.count else { return false }
      if case .literal(let text) = part, text != segments[index] { return false }
    }
    return segments.count == parts.count
  }

  /// The path that policies are asked about.
  static func policyPath(_ template: String, _ values: [String: String]) -> String {
    template.split(separator: "/", omittingEmptySubsequences: false).map { segment in
      guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return String(segment) }
      return values[String(segment.dropFirst().dropLast())] ?? String(segment)
    }.joined(separator: "/")
  }
}
