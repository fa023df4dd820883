import Access
import Encodings
import Testing

@testable import Server

@Suite("OpenAPI")
struct OpenAPITests {
  static let table = RouteTable()

  /// The description, read strictly.
  private static func read() throws -> JSONTape { try JSONTape(OpenAPIDocument.bytes(of: table)) }

  private static func node(_ tape: JSONTape, _ names: String...) throws -> JSONTape.Node {
    var node = tape.root
    for name in names { node = try #require(tape.member(node, name), "\(name)") }
    return node
  }

  private static func text(_ tape: JSONTape, _ node: JSONTape.Node, _ name: String) -> String? {
    tape.member(node, name).flatMap { tape.string($0) }
  }

  private static let methods: Set<String> = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

  /// Every operation of the description, by method and path.
  private static func operations(_ tape: JSONTape) throws -> [(key: String, node: JSONTape.Node)] {
    var found: [(key: String, node: JSONTape.Node)] = []
    for path in tape.children(try node(tape, "paths")) {
      let pattern = try #require(tape.key(path))
      for child in tape.children(path) {
        let name = try #require(tape.key(child))
        if methods.contains(name) { found.append((key: "\(name.uppercased()) \(pattern)", node: child)) }
      }
    }
    return found
  }

  /// Every value below a node, itself included.
  private static func all(_ tape: JSONTape, _ node: JSONTape.Node) -> [JSONTape.Node] {
    [node] + tape.children(node).flatMap { all(tape, $0) }
  }

  @Test("The description is strict JSON and says which version of the interface it is about")
  func strictJSON() throws {
    let tape = try Self.read()
    #expect(
      tape.children(tape.root).compactMap { tape.key($0) } == [
        "openapi", "info", "paths", "components", "x-chancery-vault-routes",
      ])
    #expect(Self.text(tape, tape.root, "openapi") == "3.1.0")
    #expect(Self.text(tape, try Self.node(tape, "info"), "version") == "1")
  }

  @Test("Every route of the native API has an operation for each of its methods, and no operation is without a route")
  func operationsAreTheRoutes() throws {
    var expected: Set<String> = ["POST /api/automation/{id}"]
    for route in Self.table.routes where !route.pattern.hasPrefix("/v1/") && route.pattern != "/api/automation/{id}" {
      for method in route.methods { expected.insert("\(method) \(route.pattern)") }
    }
    let tape = try Self.read()
    let described = try Self.operations(tape).map(\.key)
    #expect(described.count == Set(described).count)
    // The description has no way of writing a placeholder for the rest of a path.
    #expect(Set(described) == Set(expected.map { $0.replacing("*}", with: "}") }))
    let written = OpenAPIOperations.all.map(\.key)
    #expect(written.count == Set(written).count)
    #expect(Set(written) == expected)
  }

  @Test("Every route that is not described says there what it discloses, and no route is left out")
  func vaultRoutes() throws {
    let tape = try Self.read()
    var found: [String: String] = [:]
    for entry in tape.children(try Self.node(tape, "x-chancery-vault-routes")) {
      let pattern = try #require(Self.text(tape, entry, "pattern"))
      for method in tape.children(try #require(tape.member(entry, "methods"))) {
        found["\(tape.string(method) ?? "") \(pattern)"] = Self.text(tape, entry, "discloses")
      }
    }
    var expected: [String: String] = [:]
    for route in Self.table.routes where route.pattern.hasPrefix("/v1/") {
      for method in route.methods { expected["\(method) \(route.pattern)"] = route.discloses.rawValue }
    }
    #expect(found == expected)
    #expect(found["GET /v1/kv/data/{path*}"] == "machine")
    #expect(
      Self.table.routes.allSatisfy {
        $0.pattern.hasPrefix("/v1/")
          || OpenAPIDocument.entries(of: Self.table).map(\.route.pattern).contains($0.pattern)
      })
  }

  @Test("A public start is described for POST alone")
  func publicStart() throws {
    let tape = try Self.read()
    let path = try Self.node(tape, "paths", "/api/automation/{id}")
    #expect(tape.children(path).compactMap { tape.key($0) } == ["parameters", "post"])
  }

  @Test("Every reference leads somewhere, and every named schema and answer is referred to")
  func references() throws {
    let tape = try Self.read()
    var found: Set<String> = []
    for node in Self.all(tape, tape.root) where tape.key(node) == "$ref" {
      found.insert(try #require(tape.string(node)))
    }
    var targets: Set<String> = []
    for part in ["schemas", "responses"] {
      for child in tape.children(try Self.node(tape, "components", part)) {
        let name = try #require(tape.key(child))
        #expect(targets.insert("#/components/\(part)/\(name)").inserted, "\(name) stands there twice")
      }
    }
    #expect(found.subtracting(targets) == [])
    #expect(targets.subtracting(found) == [])
  }

  @Test("Every operation has a summary, a name of its own and an answer that is a success")
  func operationsAreWhole() throws {
    let tape = try Self.read()
    var names: Set<String> = []
    for (key, operation) in try Self.operations(tape) {
      let summary = Self.text(tape, operation, "summary") ?? ""
      #expect(summary.count > 5, "\(key)")
      let name = try #require(Self.text(tape, operation, "operationId"))
      #expect(names.insert(name).inserted, "\(key)")
      let answers = tape.children(try #require(tape.member(operation, "responses"))).compactMap { tape.key($0) }
      #expect(answers.contains { $0.hasPrefix("2") }, "\(key)")
      #expect(answers == answers.sorted(), "\(key)")
      #expect(Set(answers).count == answers.count, "\(key)")
    }
  }

  @Test("A status 204 and the answer to HEAD have no body; every other success has one")
  func bodies() throws {
    let tape = try Self.read()
    for (key, operation) in try Self.operations(tape) {
      for answer in tape.children(try #require(tape.member(operation, "responses"))) {
        let status = try #require(tape.key(answer))
        guard status.hasPrefix("2") else { continue }
        let hasBody = tape.member(answer, "content") != nil
        #expect(hasBody == (status != "204" && !key.hasPrefix("HEAD ")), "\(key) \(status)")
      }
    }
  }

  @Test("Operations say what their routes say: who may, what for, how much, and what is given out")
  func admission() throws {
    let tape = try Self.read()
    let operations = try Self.operations(tape)
    for entry in OpenAPIDocument.entries(of: Self.table) {
      let operation = try #require(
        operations.first { $0.key == entry.key.replacing("*}", with: "}") }?.node, "\(entry.key)")
      let schemes = tape.children(try #require(tape.member(operation, "security"))).flatMap {
        tape.children($0).compactMap { tape.key($0) }
      }
      let capability = Self.text(tape, operation, "x-chancery-capability")
      let path = Self.text(tape, operation, "x-chancery-policy-path")
      switch entry.route.admission {
      case .anybody:
        #expect(schemes == [], "\(entry.key)")
        #expect(capability == nil && path == nil, "\(entry.key)")
      case .token(let expected, let expectedPath, _):
        #expect(schemes == ["token", "bearer"], "\(entry.key)")
        #expect(capability == expected.rawValue, "\(entry.key)")
        #expect(path == expectedPath, "\(entry.key)")
      }
      #expect(Self.text(tape, operation, "x-chancery-discloses") == entry.route.discloses.rawValue, "\(entry.key)")
      let limit = tape.member(operation, "x-chancery-body-limit").flatMap { tape.integer($0) }
      #expect(limit == Int64(entry.route.bodyLimit), "\(entry.key)")
    }
    let schemes = tape.children(try Self.node(tape, "components", "securitySchemes")).compactMap { tape.key($0) }
    #expect(schemes == ["token", "bearer"])
  }

  @Test("Every placeholder of a path is described, in its order")
  func placeholders() throws {
    let tape = try Self.read()
    for path in tape.children(try Self.node(tape, "paths")) {
      let pattern = try #require(tape.key(path))
      let segments = pattern.split(separator: "/").filter { $0.hasPrefix("{") }
      let expected = segments.map { String($0.dropFirst().dropLast()) }
      let described = tape.member(path, "parameters").map { tape.children($0) } ?? []
      #expect(described.compactMap { Self.text(tape, $0, "name") } == expected, "\(pattern)")
      for parameter in described {
        #expect(Self.text(tape, parameter, "in") == "path", "\(pattern)")
        #expect(tape.member(parameter, "required").flatMap { tape.bool($0) } == true, "\(pattern)")
        #expect(Self.text(tape, parameter, "description") != nil, "\(pattern)")
        #expect(tape.member(parameter, "schema") != nil, "\(pattern)")
      }
    }
  }

  @Test("Objects require only keys that they have")
  func requiredKeys() throws {
    let tape = try Self.read()
    var count = 0
    for node in Self.all(tape, tape.root) where tape.kind(node) == .object {
      guard let required = tape.member(node, "required"), tape.kind(required) == .array else { continue }
      let properties = try #require(tape.member(node, "properties"))
      for name in tape.children(required) {
        let key = try #require(tape.string(name))
        #expect(tape.member(properties, key) != nil, "\(key)")
        count += 1
      }
    }
    #expect(count > 50)
  }

  @Test("The description is the same bytes each time")
  func sameBytes() {
    #expect(OpenAPIDocument.bytes(of: Self.table) == OpenAPIDocument.bytes(of: RouteTable()))
  }

  @Test("The description itself needs a token that may read it")
  func ownRoute() {
    guard case .route(let route, _) = Self.table.find("GET", path: "/api/openapi.json"),
      case .token(let capability, let path, _) = route.admission
    else {
      Issue.record("no route")
      return
    }
    #expect(capability == .read)
    #expect(path == "api/openapi.json")
    #expect(route.discloses == .never)
  }
}
