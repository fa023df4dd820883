import Access

/// The one table of routes. Authorisation, disclosure and limits of every address stand here and nowhere else; what is
/// not in the table does not exist.
package struct RouteTable: Sendable {
  package let routes: [Route]

  init() {
    routes =
      Self.publicRoutes + RunbookRoutes.routes + IntegrationRoutes.routes + AuthorizationRoutes.routes
      + MethodTestRoutes.routes + SchemeRoutes.routes + TemplateRoutes.routes + DataSourceRoutes.routes
      + MailRoutes.routes
      + VersionRoutes.routes + GroupRoutes.routes + DeletionRoutes.routes
      + SealedValueRoutes.routes + RunRoutes.routes + RetryRoutes.routes + RehearsalRoutes.routes
      + ApprovalRoutes.routes
      + LedgerRoutes.routes + OutboxRoutes.routes + NotificationRoutes.routes + StatisticsRoutes.routes
      + RedactRoutes.routes + RevealRoutes.routes + KeyRoutes.routes + OpenAPIRoutes.routes
      + SystemRoutes.routes
      + KeyValueRoutes.routes
      + TokenRoutes.routes + LoginRoutes.routes + PolicyRoutes.routes
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
    for route in routes {
      guard let parameters = route.match(segments) else { continue }
      if route.methods.contains(method) { return .route(route, parameters: parameters) }
      allowed += route.methods
    }
    return allowed.isEmpty ? .nothing : .methodNotAllowed(Array(Set(allowed)).sorted())
  }
}
