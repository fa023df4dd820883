import Access
import Encodings
import Runbooks
import Runner

/// Trying a method out.
enum MethodTestRoutes {
  static let routes: [Route] = [
    Route(
      ["POST"], "/api/methods/{integration}/{method}/test",
      .token(.update, path: "api/methods/{integration}/{method}/test"), run)
  ]

  private static func run(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let integration = try await IntegrationRoutes.find(core, request.parameter("integration")).document
    guard let method = integration.method(named: request.parameter("method")) else {
      throw ServiceFault.notFound(kind: "method of \(integration.id)", name: request.parameter("method"))
    }
    let variables = request.body.isEmpty ? [] : try variables(in: try request.json())
    let live = try await core.tokens.peek(Dispatch.presented(request))
    let report = try await MethodTest(library: core.library, keys: core.runner.keys).run(
      method, of: integration, variables: variables, by: who
    ) { capability, path in
      live.flatMap { core.alsoAllows(capability, path, for: who, live: $0) }
    }
    return .json { write(report, to: &$0) }
  }

  /// `variables`: any JSON values by name; `secret_variables`: texts by name. A reserved name is that of what a run
  /// would have: a record, the request or a failure.
  private static func variables(in tape: JSONTape) throws -> [MethodTest.Variable] {
    var found: [MethodTest.Variable] = []
    for (key, isSecret) in [("variables", false), ("secret_variables", true)] {
      guard let node = tape.member(tape.root, key) else { continue }
      guard tape.kind(node) == .object else {
        throw Problem.invalid(field: key, "`\(key)` must be an object of values by name.")
      }
      for child in tape.children(node) {
        let name = tape.key(child) ?? ""
        guard !found.contains(where: { $0.name == name }), found.count < MethodTest.maximumVariables else {
          throw Problem.invalid(
            field: key, "A variable has one value, and there are at most \(MethodTest.maximumVariables).")
        }
        guard MethodTest.takesValue(named: name) else {
          throw Problem.invalid(
            field: key,
            "`response`, `response_headers` and `status` come from the answer, `halo_url` from the service: nothing "
              + "stands in for them.")
        }
        if isSecret {
          guard let text = tape.stringBytes(child) else {
            throw Problem.invalid(field: key, "A secret variable must be a string.")
          }
          found.append(MethodTest.Variable(name: name, value: text, isJSON: false, isSecret: true))
        } else {
          found.append(
            MethodTest.Variable(name: name, value: Array(tape.text(child)), isJSON: true, isSecret: false))
        }
      }
    }
    return found
  }

  private static func write(_ report: MethodTest.Report, to writer: inout JSONWriter) {
    writer.beginObject()
    if let status = report.status {
      writer.key("status")
      writer.integer(Int64(status))
    }
    if let duration = report.durationMilliseconds {
      writer.key("duration_ms")
      writer.integer(duration)
    }
    for (key, text) in [("headers", report.headers), ("body", report.body), ("shape", report.shape)] {
      guard let text else { continue }
      writer.key(key)
      writer.string(text.text)
    }
    writer.key("outputs")
    writer.beginArray()
    for output in report.outputs {
      writer.beginObject()
      writer.key("name")
      writer.string(output.name)
      writer.key("value")
      writer.string(output.value.text)
      writer.key("origins")
      writer.beginArray()
      for origin in output.origins { writer.string(origin) }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
    if let failure = report.failure {
      writer.key("failure")
      writer.string(failure.word)
      writer.key("sentence")
      writer.string(failure.sentence)
    }
    writer.endObject()
  }
}
