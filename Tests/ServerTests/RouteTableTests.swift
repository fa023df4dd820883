import Access
import Testing

@testable import Server

@Suite("RouteTable")
struct RouteTableTests {
  static let table = RouteTable()

  static func name(_ route: Route) -> String { "\(route.methods.joined(separator: "|")) \(route.pattern)" }

  @Test("Only these routes may be called by anybody; every other one demands a capability on a path of its own")
  func openRoutes() {
    let open = Self.table.routes.filter { if case .anybody = $0.admission { true } else { false } }.map(Self.name)
    #expect(
      Set(open) == [
        "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|LIST /api/automation/{id}", "GET|HEAD /health", "GET /v1/sys/init",
        "PUT|POST /v1/sys/init", "GET /v1/sys/seal-status", "PUT|POST /v1/sys/unseal",
        "POST|PUT /v1/auth/userpass/login/{name}",
      ])
    for route in Self.table.routes {
      guard case .token(_, let path, _) = route.admission else { continue }
      let asked = path.split(separator: "/").first
      #expect(asked == "api" || asked == "v1", "\(Self.name(route))")
    }
  }

  @Test("Two routes give a secret out to a program, two to a person; no other gives out anything")
  func disclosures() {
    let machine = Self.table.routes.filter { $0.discloses == .machine }
    #expect(machine.map(Self.name) == ["POST /api/keys/{name}/decrypt", "GET /v1/kv/data/{path*}"])
    let human = Self.table.routes.filter { $0.discloses == .human }
    #expect(human.map(Self.name) == ["POST /api/reveals/kv/{path*}", "POST /api/reveals/runs/{id}"])
    for route in human {
      guard case .token(.reveal, _, _) = route.admission else {
        Issue.record("\(Self.name(route)) shows values without `reveal`")
        continue
      }
    }
  }

  @Test("Kept variables are listed by `read` and cleared by `delete`, each on a path of its own, and no value is given")
  func keptVariables() {
    let kept = Self.table.routes.filter { $0.pattern.contains("/kept") }
    #expect(
      kept.map(Self.name) == ["GET /api/runbooks/{id}/kept", "DELETE /api/runbooks/{id}/kept/{name}"])
    var asked: [String] = []
    for route in kept {
      guard case .token(let capability, let path, _) = route.admission else { continue }
      asked.append("\(capability.rawValue) \(path)")
    }
    #expect(asked == ["read api/runbooks/{id}/kept", "delete api/runbooks/{id}/kept/{name}"])
    #expect(kept.allSatisfy { $0.discloses == .never })
  }

  @Test("Every placeholder of a policy's path is one of the route's own pattern")
  func policyPaths() {
    for route in Self.table.routes {
      guard case .token(_, let path, _) = route.admission else { continue }
      for part in path.split(separator: "/") where part.hasPrefix("{") {
        let name = part.dropFirst().dropLast()
        #expect(
          route.pattern.contains("{\(name)}") || route.pattern.contains("{\(name)*}"), "\(Self.name(route)): \(part)")
      }
    }
  }

  @Test("What is asked of policies is the path that was called, with its values")
  func values() throws {
    guard case .route(let route, let values) = Self.table.find("POST", path: "/v1/kv/data/team%20a/db"),
      case .token(let capability, let path, _) = route.admission
    else {
      Issue.record("no route")
      return
    }
    #expect(capability == .update)
    #expect(Route.policyPath(path, values) == "v1/kv/data/team a/db")
  }

  @Test(
    "A path that could be read in two ways leads nowhere",
    arguments: [
      "/api/runs/%2e%2e", "/api/runs/..", "/api/./runs", "/api/runs/a%2fb", "/api/runs/a%5cb", "/api/runs/%00",
      "/api/runs/%zz", "/api/runs/a%ff", "/api/runs/%0a",
    ])
  func ambiguousPaths(path: String) {
    guard case .nothing = Self.table.find("GET", path: path) else {
      Issue.record("it leads somewhere")
      return
    }
  }

  @Test("Every route is found by its own paths as if each were held against the whole table")
  func everyRoute() throws {
    for route in Self.table.routes {
      let path = route.pattern.split(separator: "/").map { part in
        part.hasSuffix("*}") ? "x/y" : part.hasPrefix("{") ? "x" : String(part)
      }.joined(separator: "/")
      let segments = path.split(separator: "/").map(String.init)
      for method in route.methods {
        let first = try #require(
          Self.table.routes.first { $0.match(segments) != nil && $0.methods.contains(method) }, "\(Self.name(route))")
        guard case .route(let found, let values) = Self.table.find(method, path: path) else {
          Issue.record("\(Self.name(route)) is not found")
          continue
        }
        #expect(found.pattern == first.pattern && values == first.match(segments), "\(Self.name(route))")
      }
    }
    for path in ["/", "/api", "/v1", "/x", "/api/automation", "/health/x", "/api/runs/x/y/z"] {
      guard case .nothing = Self.table.find("GET", path: path) else {
        Issue.record("\(path) leads somewhere")
        continue
      }
    }
  }

  @Test("Doubled slashes are one")
  func doubledSlashes() {
    guard case .route(let route, _) = Self.table.find("GET", path: "//api///runs") else {
      Issue.record("no route")
      return
    }
    #expect(route.pattern == "/api/runs")
  }

  @Test("A known path with another method says which ones it takes")
  func otherMethod() {
    guard case .methodNotAllowed(let allowed) = Self.table.find("DELETE", path: "/api/runs") else {
      Issue.record("not refused")
      return
    }
    #expect(allowed == ["GET"])
  }

  @Test("A public start takes every method to its handler, which refuses all but POST before it looks at the id")
  func startMethods() {
    for method in ["GET", "POST", "OPTIONS", "PATCH"] {
      guard case .route(let route, _) = Self.table.find(method, path: "/api/automation/x") else {
        Issue.record("\(method) leads elsewhere")
        continue
      }
      #expect(route.pattern == "/api/automation/{id}")
    }
  }

  @Test("No two routes answer one method of one path")
  func routesAreDisjoint() {
    var seen: Set<String> = []
    for route in Self.table.routes {
      for method in route.methods { #expect(seen.insert("\(method) \(route.pattern)").inserted, "\(Self.name(route))") }
    }
  }
}
