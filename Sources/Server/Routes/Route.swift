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
    self.admission = admission
    self.discloses = discloses
    self.bodyLimit = bodyLimit
    self.handle = handle
  }

  /// The placeholders' values where the path fits; nil where it does not.
  func match(_ segments: [String]) -> [String: String]? {
    let wanted = pattern.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    var values: [String: String] = [:]
    for (index, part) in wanted.enumerated() {
      if part.hasSuffix("*}") {
        guard segments.count >= index else { return nil }
        values[String(part.dropFirst().dropLast(2))] = segments[index...].joined(separator: "/")
        return values
      }
      guard index < segments.count else { return nil }
      if part.hasPrefix("{") {
        values[String(part.dropFirst().dropLast())] = segments[index]
      } else if part != segments[index] {
        return nil
      }
    }
    return segments.count == wanted.count ? values : nil
  }

  /// The path that policies are asked about.
  static func policyPath(_ template: String, _ values: [String: String]) -> String {
    template.split(separator: "/", omittingEmptySubsequences: false).map { segment in
      guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return String(segment) }
      return values[String(segment.dropFirst().dropLast())] ?? String(segment)
    }.joined(separator: "/")
  }
}
