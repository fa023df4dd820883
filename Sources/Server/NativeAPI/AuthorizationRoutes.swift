import Access
import Encodings
import Runner

/// A person's yes for an integration: asked for, and taken.
enum AuthorizationRoutes {
  static let routes: [Route] = [
    Route(
      ["POST"], "/api/integrations/{id}/authorize", .token(.update, path: "api/integrations/{id}/authorize"), begin),
    Route(
      ["POST"], "/api/integrations/{id}/authorized", .token(.update, path: "api/integrations/{id}/authorized"), finish),
  ]

  private static func begin(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let integration = try await IntegrationRoutes.find(core, request.parameter("id")).document
    let begun = try CodeAuthorization(library: core.library).begin(integration)
    return .json { writer in
      writer.beginObject()
      writer.key("url")
      writer.string(begun.url)
      writer.key("expires_in")
      writer.integer(begun.lifetimeSeconds)
      writer.endObject()
    }
  }

  private static func finish(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let tape = try request.json()
    guard let redirect = tape.member(tape.root, "redirect").flatMap({ tape.stringBytes($0) }) else {
      throw Problem.invalid(field: "redirect", "`redirect` must be a string.")
    }
    let integration = try await IntegrationRoutes.find(core, request.parameter("id")).document
    try await CodeAuthorization(library: core.library).finish(integration, redirect: redirect, by: who)
    return .noContent
  }
}
