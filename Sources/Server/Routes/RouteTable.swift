import Access

/// The one table of routes. Authorisation, disclosure and limits of every address stand here and nowhere else; what is
/// not in the table does not exist.
package struct RouteTable: Sendable {
  package let routes: [Route]
  /// Places in the table by the words with which their patterns begin: no request is held against all of them.
  private let places: [String: [Int]]

  init() {
    let routes =
      Self.publicRoutes + RunbookRoutes.routes + IntegrationRoutes.routes + AuthorizationRoutes.routes
      + MethodTestRoutes.routes + SchemeRoutes.routes + TemplateRoutes.routes + DataSourceRoutes.routes
      + MailRoutes.routes
      + VersionRoutes.routes + GroupRoutes.routes + DeletionRoutes.routes + KeptRoutes.routes
      + SealedValueRoutes.routes + RunRoutes.routes + RetryRoutes.routes + RehearsalRoutes.routes
      + ApprovalRoutes.routes
      + LedgerRoutes.routes + OutboxRoutes.routes + NotificationRoutes.routes + StatisticsRoutes.routes
      + RedactRoutes.routes + RevealRoutes.routes + KeyRoutes.routes + OpenAPIRoutes.routes
      + SystemRoutes.routes
      + KeyValueRoutes.routes
      + TokenRoutes.routes + LoginRoutes.routes + PolicyRoutes.routes
    self.routes = routes
    places = Dictionary(grouping: routes.indices) { Self.beginning(of: routes[$0].leadingWords) }
  }

  /// Words of a path by which routes are found.
  private static let mostLeading = 2

  private static func beginning(of words: some Sequence<String>) -> String {
    words.prefix(mostLeading).joined(separator: "/")
  }

  /// The places of all routes that may lead to a path, in the order of the table.
  private func places(for segments: [String]) -> [Int] {
    let most = min(Self.mostLeading, segments.count)
    let found = (0...most).compactMap { places[Self.beginning(of: segments.prefix($0))] }
    return found.count == 1 ? found[0] : found.joined().sorted()
  }

  private static let publicRoutes: [Route] = [
    // Every method leads here, so that another one is refused before the id is looked at.
    Route(
      ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "LIST"], "/api/automation/{id}", .anybody,
      bodyLimit: Limits.startBody, PublicStart.handle),
    Route(["GET", "HEAD"], "/health", .anybody) { core, _, _ in Health.answer(core) },
    Route(["GET"], "/metrics", .token(.read, path: "api/metrics")) { core, _, _ in try await Health.metrics(core) },
  ]

  package enum Finding: Sendable {
    case route(Route, parameters: [String: String])
    case methodNotAllowed([String])
    case nothing
  }

  /// What a method and a path lead to. Segments are percent-decoded once; one that holds a slash or is `.` or `..`
  /// afterwards leads nowhere, so that no spelling of a path escapes its policies.
  package func find(_ method: String, path: String) -> Finding {
    guard let segments = PathSegments.decode(path) else { return .nothing }
    var allowed: [String] = []
    for place in places(for: segments) {
      let route = routes[place]
      guard let parameters = route.match(segments) else { continue }
      if route.methods.contains(method) { return .route(route, parameters: parameters) }
      allowed += route.methods
    }
    return allowed.isEmpty ? .nothing : .methodNotAllowed(Array(Set(allowed)).sorted())
  }
}
