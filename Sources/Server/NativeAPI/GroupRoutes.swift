import Access
import Encodings
import Runner

/// Groups of runbooks: list, create, rename, delete.
enum GroupRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/groups", .token(.read, path: "api/groups"), list),
    Route(["PUT"], "/api/groups/{name}", .token(.create, path: "api/groups/{name}")) { core, request, who in
      guard let who else { throw Problem.unauthenticated }
      let name = request.parameter("name")
      try await RunbookGroups(library: core.library).create(name, by: who)
      return answer(name, members: 0)
    },
    Route(["POST"], "/api/groups/{name}/rename", .token(.update, path: "api/groups/{name}"), rename),
    Route(["DELETE"], "/api/groups/{name}", .token(.delete, path: "api/groups/{name}")) { core, request, who in
      guard let who else { throw Problem.unauthenticated }
      let live = try await core.tokens.peek(Dispatch.presented(request))
      let name = request.parameter("name")
      let members = try await RunbookGroups(library: core.library).delete(name, by: who) { capability, path in
        live.flatMap { core.alsoAllows(capability, path, for: who, live: $0) }
      }
      return answer(name, members: members)
    },
  ]

  private static func list(_ core: ServerCore, _: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    let groups = try await RunbookGroups(library: core.library).all()
    return .json { writer in
      writer.beginObject()
      writer.key("groups")
      writer.beginArray()
      for group in groups { write(group.name, members: group.members, to: &writer) }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func rename(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let tape = try request.json()
    guard let new = tape.member(tape.root, "name").flatMap({ tape.string($0) }) else {
      throw Problem.invalid(field: "name", "`name` is the group's new name.")
    }
    let live = try await core.tokens.peek(Dispatch.presented(request))
    let members = try await RunbookGroups(library: core.library).rename(
      request.parameter("name"), to: new, by: who
    ) { capability, path in
      live.flatMap { core.alsoAllows(capability, path, for: who, live: $0) }
    }
    return answer(new, members: members)
  }

  private static func answer(_ name: String, members: Int) -> RouteResponse {
    .json { writer in write(name, members: members, to: &writer) }
  }

  private static func write(_ name: String, members: Int, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("name")
    writer.string(name)
    writer.key("runbooks")
    writer.integer(Int64(members))
    writer.endObject()
  }
}
