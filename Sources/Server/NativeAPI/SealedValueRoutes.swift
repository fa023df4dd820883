import Access
import Encodings
import Runbooks
import Runner

/// Write-only values: entered and cleared, never read.
enum SealedValueRoutes {
  static let routes: [Route] = [
    pair("/api/runbooks/{id}/variables/{name}", "api/runbooks/{id}/variables/{name}") { core, request in
      .variable(
        runbook: try await RunbookRoutes.find(core, request.parameter("id")).row.id, name: request.parameter("name"))
    },
    pair("/api/runbooks/{id}/auth/{name}", "api/runbooks/{id}/auth/{name}") { core, request in
      .startCredential(
        runbook: try await RunbookRoutes.find(core, request.parameter("id")).row.id, name: request.parameter("name"))
    },
    pair("/api/integrations/{id}/auth/{name}", "api/integrations/{id}/auth/{name}") { core, request in
      .integrationCredential(
        integration: try await IntegrationRoutes.find(core, request.parameter("id")).row.id,
        field: request.parameter("name"))
    },
    pair(
      "/api/integrations/{id}/methods/{method}/{kind}/{name}", "api/integrations/{id}/methods/{method}/{kind}/{name}"
    ) { core, request in
      guard let kind = RowKind(rawValue: request.parameter("kind")) else {
        throw Problem.invalid(field: "kind", "The kind must be query, header or form.")
      }
      let integration = try await IntegrationRoutes.find(core, request.parameter("id"))
      return .row(
        integration: integration.row.id, method: request.parameter("method"), kind: kind,
        name: request.parameter("name"))
    },
  ].flatMap { $0 }

  private static func pair(
    _ pattern: String, _ path: String,
    _ slot: @escaping @Sendable (ServerCore, RouteRequest) async throws -> SealedSlot
  ) -> [Route] {
    [
      Route(["PUT", "POST"], pattern, .token(.update, path: path)) { core, request, who in
        guard let who else { throw Problem.unauthenticated }
        let tape = try request.json()
        guard let value = tape.member(tape.root, "value").flatMap({ tape.stringBytes($0) }) else {
          throw Problem.invalid(field: "value", "`value` must be a string.")
        }
        let entry = ValueEntry(library: core.library, endpoints: core.endpoints)
        try await entry.enter(value, for: try await slot(core, request), by: who)
        return .noContent
      },
      Route(["DELETE"], pattern, .token(.update, path: path)) { core, request, who in
        guard let who else { throw Problem.unauthenticated }
        let entry = ValueEntry(library: core.library, endpoints: core.endpoints)
        try await entry.clear(try await slot(core, request), by: who)
        return .noContent
      },
    ]
  }
}
