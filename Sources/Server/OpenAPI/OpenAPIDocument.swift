import Access
import Encodings

/// The description of the native API in OpenAPI 3.1: what the table of routes says of each route (who may, limits,
/// disclosure) joined with what `OpenAPIOperations` says of it. The same table gives the same bytes.
enum OpenAPIDocument {
  /// The version of the interface; never the product's.
  static let version = "1"

  /// A route of the native API and one of its methods.
  struct Entry: Sendable {
    let route: Route
    let method: String

    var key: String { "\(method) \(route.pattern)" }
  }

  /// What is described, in the order of the table.
  static func entries(of table: RouteTable) -> [Entry] {
    table.routes.filter { isNative($0.pattern) }.flatMap { route in
      methods(of: route).map { Entry(route: route, method: $0) }
    }
  }

  static func bytes(of table: RouteTable) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("openapi")
    writer.string("3.1.0")
    writer.key("info")
    writer.beginObject()
    writer.key("title")
    writer.string("Chancery")
    writer.key("description")
    writer.string("The native API. Who may call a route is a matter of policies: `x-chancery-capability` on the path.")
    writer.key("version")
    writer.string(version)
    writer.endObject()
    writePaths(of: table, to: &writer)
    writer.key("components")
    writer.beginObject()
    writer.key("schemas")
    writer.beginObject()
    for (name, schema) in OpenAPISchemas.named {
      writer.key(name)
      schema.write(to: &writer)
    }
    writer.endObject()
    writer.key("responses")
    writer.beginObject()
    for answer in OpenAPIProblems.all {
      writer.key(OpenAPIProblems.name(answer.status))
      write(answer, isProblem: true, to: &writer)
    }
    writer.endObject()
    writeSecuritySchemes(to: &writer)
    writer.endObject()
    writeOtherRoutes(of: table, to: &writer)
    writer.endObject()
    return writer.finish()
  }

  /// The routes whose interface is Vault's and described there: what they disclose is a matter of ours.
  private static func writeOtherRoutes(of table: RouteTable, to writer: inout JSONWriter) {
    writer.key("x-chancery-vault-routes")
    writer.beginArray()
    for route in table.routes where !isNative(route.pattern) {
      writer.beginObject()
      writer.key("methods")
      writer.beginArray()
      for method in route.methods { writer.string(method) }
      writer.endArray()
      writer.key("pattern")
      writer.string(route.pattern)
      writer.key("discloses")
      writer.string(route.discloses.rawValue)
      writer.endObject()
    }
    writer.endArray()
  }

  private static func isNative(_ pattern: String) -> Bool {
    pattern.hasPrefix("/api/") || pattern == "/health" || pattern == "/metrics"
  }

  /// A public start takes every method to its handler, to refuse all but POST.
  private static func methods(of route: Route) -> [String] {
    route.pattern.hasPrefix("/api/automation/") ? ["POST"] : route.methods
  }

  // MARK: Paths

  private static func writePaths(of table: RouteTable, to writer: inout JSONWriter) {
    let entries = entries(of: table)
    var patterns: [String] = []
    for entry in entries where !patterns.contains(entry.route.pattern) { patterns.append(entry.route.pattern) }
    writer.key("paths")
    writer.beginObject()
    for pattern in patterns {
      let template = template(pattern)
      writer.key(template)
      writer.beginObject()
      writeParameters(of: template, to: &writer)
      for entry in entries where entry.route.pattern == pattern {
        guard let operation = OpenAPIOperations.byKey[entry.key] else { continue }
        writer.key(entry.method.lowercased())
        write(operation, of: entry.route, to: &writer)
      }
      writer.endObject()
    }
    writer.endObject()
  }

  /// The pattern as OpenAPI writes it: a placeholder for the rest of a path is written as one for a segment.
  private static func template(_ pattern: String) -> String { pattern.replacing("*}", with: "}") }

  private static func writeParameters(of pattern: String, to writer: inout JSONWriter) {
    guard pattern.contains("{") else { return }
    writer.key("parameters")
    writer.beginArray()
    var before = ""
    for segment in pattern.split(separator: "/").map(String.init) {
      if segment.hasPrefix("{") {
        let placeholder = OpenAPIOperations.placeholders["\(before)/\(segment)"]
        write(
          parameter: String(segment.dropFirst().dropLast()), place: "path", isRequired: true,
          placeholder?.schema ?? .text, placeholder?.note, to: &writer)
      }
      before = segment
    }
    writer.endArray()
  }

  private static func write(
    parameter name: String, place: String, isRequired: Bool, _ schema: OpenAPISchema, _ note: String?,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("name")
    writer.string(name)
    writer.key("in")
    writer.string(place)
    if let note {
      writer.key("description")
      writer.string(note)
    }
    writer.key("required")
    writer.bool(isRequired)
    writer.key("schema")
    schema.write(to: &writer)
    writer.endObject()
  }

  // MARK: Operations

  private static func write(_ operation: OpenAPIOperation, of route: Route, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("operationId")
    writer.string(operation.id)
    writer.key("summary")
    writer.string(operation.summary)
    if !operation.queries.isEmpty {
      writer.key("parameters")
      writer.beginArray()
      for query in operation.queries {
        write(
          parameter: query.name, place: "query", isRequired: query.isRequired, query.schema, query.note, to: &writer)
      }
      writer.endArray()
    }
    if let body = operation.body {
      writer.key("requestBody")
      writer.beginObject()
      writer.key("required")
      writer.bool(body.isRequired)
      write(body.contents, isProblem: false, to: &writer)
      writer.endObject()
    }
    writeAnswers(of: operation, to: &writer)
    writeAdmission(of: route, to: &writer)
    writer.key("x-chancery-discloses")
    writer.string(route.discloses.rawValue)
    writer.key("x-chancery-body-limit")
    writer.integer(Int64(route.bodyLimit))
    writer.endObject()
  }

  private static func writeAnswers(of operation: OpenAPIOperation, to writer: inout JSONWriter) {
    writer.key("responses")
    writer.beginObject()
    let own = operation.answers.map(\.status)
    for status in Set(own + operation.problems).sorted() {
      writer.key(String(status))
      if let answer = operation.answers.first(where: { $0.status == status }) {
        write(answer, isProblem: false, to: &writer)
      } else {
        writer.beginObject()
        writer.key("$ref")
        writer.string("#/components/responses/\(OpenAPIProblems.name(status))")
        writer.endObject()
      }
    }
    writer.endObject()
  }

  private static func writeAdmission(of route: Route, to writer: inout JSONWriter) {
    writer.key("security")
    writer.beginArray()
    guard case .token(let capability, let path, let privilege) = route.admission else {
      writer.endArray()
      return
    }
    for scheme in ["token", "bearer"] {
      writer.beginObject()
      writer.key(scheme)
      writer.beginArray()
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
    writer.key("x-chancery-capability")
    writer.string(capability.rawValue)
    if privilege == .sudo {
      writer.key("x-chancery-sudo")
      writer.bool(true)
    }
    writer.key("x-chancery-policy-path")
    writer.string(path)
  }

  private static func write(_ answer: OpenAPIOperation.Answer, isProblem: Bool, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("description")
    writer.string(answer.note)
    if !answer.headers.isEmpty {
      writer.key("headers")
      writer.beginObject()
      for header in answer.headers {
        writer.key(header.name)
        writer.beginObject()
        writer.key("description")
        writer.string(header.note)
        writer.key("schema")
        OpenAPISchema.text.write(to: &writer)
        writer.endObject()
      }
      writer.endObject()
    }
    write(answer.contents, isProblem: isProblem, to: &writer)
    writer.endObject()
  }

  private static func write(
    _ contents: [OpenAPIOperation.Content], isProblem: Bool, to writer: inout JSONWriter
  ) {
    guard isProblem || !contents.isEmpty else { return }
    writer.key("content")
    writer.beginObject()
    if isProblem { write("application/problem+json", .named("Problem"), to: &writer) }
    for content in contents {
      switch content {
      case .json(let schema): write("application/json", schema, to: &writer)
      case .form(let schema): write("application/x-www-form-urlencoded", schema, to: &writer)
      case .lines(let schema): write("application/jsonl", .text, lines: schema, to: &writer)
      case .text: write("text/plain", .text, to: &writer)
      }
    }
    writer.endObject()
  }

  /// One type of a body. `lines` is the schema of each line, where the body is lines of JSON.
  private static func write(
    _ type: String, _ schema: OpenAPISchema, lines: OpenAPISchema? = nil, to writer: inout JSONWriter
  ) {
    writer.key(type)
    writer.beginObject()
    writer.key("schema")
    schema.write(to: &writer)
    if let lines {
      writer.key("x-chancery-line")
      lines.write(to: &writer)
    }
    writer.endObject()
  }

  private static func writeSecuritySchemes(to writer: inout JSONWriter) {
    writer.key("securitySchemes")
    writer.raw(
      Array(
        (#"{"token":{"type":"apiKey","in":"header","name":"X-Vault-Token"},"#
          + #""bearer":{"type":"http","scheme":"bearer"}}"#).utf8))
  }
}
