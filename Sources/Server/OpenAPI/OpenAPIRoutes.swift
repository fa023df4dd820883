import Access

/// The description of the native API, for programs that make clients and forms of it.
enum OpenAPIRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/openapi.json", .token(.read, path: "api/openapi.json")) { core, _, _ in
      // Of the table that is served, when it is asked for: this route is part of the table itself.
      RouteResponse(
        status: 200, headers: [("Content-Type", "application/json")],
        body: .bytes(OpenAPIDocument.bytes(of: core.table)))
    }
  ]
}
