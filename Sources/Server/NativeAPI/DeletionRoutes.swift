import Access
import Runner

/// Deleting runbooks, integrations, data sources and schemes that nothing uses.
enum DeletionRoutes {
  static let routes: [Route] = [
    route("runbooks") { deletion, name, who in try await deletion.deleteRunbook(name, by: who) },
    route("integrations") { deletion, name, who in try await deletion.deleteIntegration(name, by: who) },
    route("data_sources") { deletion, name, who in try await deletion.deleteDataSource(name, by: who) },
    route("schemes") { deletion, name, who in try await deletion.deleteScheme(name, by: who) },
  ]

  private static func route(
    _ kind: String, _ delete: @escaping @Sendable (DocumentDeletion, String, Authorization) async throws -> Void
  ) -> Route {
    Route(["DELETE"], "/api/\(kind)/{id}", .token(.delete, path: "api/\(kind)/{id}")) { core, request, who in
      guard let who else { throw Problem.unauthenticated }
      let deletion = DocumentDeletion(runner: core.runner, endpoints: core.endpoints)
      try await delete(deletion, request.parameter("id"), who)
      return .noContent
    }
  }
}
