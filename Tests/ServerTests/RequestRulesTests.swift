import Encodings
import Testing

@testable import Server

@Suite("What routes of the native API take")
struct RequestRulesTests {
  private static func request(_ method: String, _ target: String, body: String = "") -> RouteRequest {
    RouteRequest(method: method, target: target, headers: [], body: Array(body.utf8))
  }

  /// The problem of a request to a route; nil where it is taken.
  private static func problem(
    _ method: String, _ pattern: String, query: String = "", body: String = ""
  ) throws -> Problem? {
    let rules = try #require(RequestRules.of(method, pattern))
    do throws(Problem) {
      _ = try rules.check(request(method, pattern + query, body: body))
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "A body that is no object, or has a member that is not known, is refused with what is known",
    arguments: [
      (#"{"x":1}"#, "`x` is no member of this body; it takes `payload`."),
      (#"{"Payload":{}}"#, "`Payload` is no member of this body; it takes `payload`."),
      (#"{"payload":{},"hunter2~":1}"#, "A name of 8 bytes is no member of this body; it takes `payload`."),
      (#"{"":1}"#, "A name of 0 bytes is no member of this body; it takes `payload`."),
      ("[1]", "The body must be a JSON object; it takes `payload`."),
      (#""x""#, "The body must be a JSON object; it takes `payload`."),
      ("null", "The body must be a JSON object; it takes `payload`."),
    ])
  func members(body: String, sentence: String) throws {
    let found = try Self.problem("POST", "/api/runbooks/{id}/start", body: body)
    #expect(found == .invalid(field: "body", sentence))
  }

  @Test(
    "A body of known members is taken, whatever is in what is meant for others",
    arguments: ["", "{}", #"{"payload":{"x":[1,{"y":2}]}}"#, #"{"payload":null}"#, #"{"p\u0061yload":1}"#])
  func rightBodies(body: String) throws {
    #expect(try Self.problem("POST", "/api/runbooks/{id}/start", body: body) == nil)
  }

  @Test("Members of objects further down are held against the description as well")
  func furtherDown() throws {
    let body = #"{"files":[{"name":"a","text":"b"},{"name":"a","txt":"b"}]}"#
    #expect(
      try Self.problem("POST", "/api/import", body: body)
        == .invalid(field: "body", "`txt` is no member of `files`; it takes `name`, `text`."))
    // Names in there are the caller's own.
    let answers = #"{"responses":{"any step":{"body":{"any":1}}}}"#
    #expect(try Self.problem("POST", "/api/runbooks/{id}/dry-run", body: answers) == nil)
  }

  @Test("A parameter with U+0000 is refused: it would find what is called by the text before it")
  func cutParameters() throws {
    let found = try Self.problem("GET", "/api/runs", query: "?runbook=sync%00")
    #expect(
      found == .invalid(field: "runbook", "`runbook` holds U+0000, which nothing here has; leave it out."))
    #expect(try Self.problem("GET", "/api/runs", query: "?runbook=sync") == nil)
  }

  @Test("A body is read once, and the handler gets it as it was read")
  func readOnce() throws {
    let rules = try #require(RequestRules.of("POST", "/api/redact"))
    var request = Self.request("POST", "/api/redact", body: #"{"text":"a"}"#)
    let tape = try #require(try rules.check(request))
    #expect(tape.kind(tape.root) == .object)
    request.tape = tape
    #expect(try request.json().bytes == request.body)
  }

  @Test("Every route that reads a JSON body refuses members that it does not know")
  func everyBody() throws {
    var count = 0
    for operation in OpenAPIOperations.all where operation.body != nil && operation.key != "POST /api/automation/{id}" {
      let words = operation.key.split(separator: " ").map(String.init)
      let found = try Self.problem(words[0], words[1], body: #"{"nonesuch":1}"#)
      guard case .invalid("body", let sentence)? = found, sentence.hasPrefix("`nonesuch` is no member") else {
        Issue.record("\(operation.key): \(String(describing: found))")
        continue
      }
      count += 1
    }
    #expect(count > 25)
  }

  @Test(
    "Parameters that are not known, stand twice or are not as described are refused with what is known",
    arguments: [
      ("?foo=1&state=failed", "query", "`foo` is no parameter of this address; it takes `runbook`, `state`, `trigger`"),
      ("?State=failed", "query", "`State` is no parameter of this address"),
      ("?hunter2~=1", "query", "A name of 8 bytes is no parameter of this address"),
      ("?state=running&state=failed", "state", "`state` stands in the query more than once"),
      ("?state=lost", "state", "`state` is queued, running, succeeded, failed or cancelled."),
      ("?paused=false", "paused", "`paused` is true, or is left out."),
      ("?limit=0", "limit", "`limit` is a number from 1 to 500."),
      ("?limit=501", "limit", "`limit` is a number from 1 to 500."),
      ("?limit=%2B5", "limit", "`limit` is a number from 1 to 500."),
      ("?limit=", "limit", "`limit` is a number from 1 to 500."),
      ("?since=yesterday", "since", "`since` is a time such as 2026-01-31T06:00:00Z."),
      ("?runbook=%ff", "runbook", "`runbook` is a text in UTF-8."),
      ("?runbook=%f", "query", "The query has a `%` without two hexadecimal digits"),
    ])
  func queries(query: String, field: String, sentence: String) throws {
    guard case .invalid(field, let found)? = try Self.problem("GET", "/api/runs", query: query) else {
      Issue.record("\(query) is taken, or refused for something else")
      return
    }
    #expect(found.hasPrefix(sentence), "\(found)")
  }

  @Test(
    "Right parameters are taken",
    arguments: [
      "", "?", "?&", "?state=failed&limit=500&paused=true", "?runbook=a%20b&since=2026-01-31T06%3A00%3A00Z",
      "?text=one+two&step=x", "?reason=",
    ])
  func rightQueries(query: String) throws {
    #expect(try Self.problem("GET", "/api/runs", query: query) == nil)
  }

  @Test(
    "A log begins after a whole number and is followed by one word",
    arguments: [
      ("?after=0", true), ("?after=-1", false), ("?after=abc", false), ("?follow=true", true), ("?follow=yes", false),
    ])
  func logs(query: String, isRight: Bool) throws {
    #expect((try Self.problem("GET", "/api/runs/{id}/log", query: query) == nil) == isRight)
  }

  @Test("Every route for holders of tokens refuses parameters that it does not know; a public start takes any")
  func everyQuery() throws {
    for entry in OpenAPIDocument.entries(of: RouteTable()) {
      guard case .token = entry.route.admission else { continue }
      let found = try Self.problem(entry.method, entry.route.pattern, query: "?nonesuch=1")
      guard case .invalid("query", _)? = found else {
        Issue.record("\(entry.key) takes a parameter that it does not know")
        continue
      }
    }
    #expect(RequestRules.of("GET", "/v1/kv/data/{path*}") == nil)
  }

  @Test("An order is named by one header of any case, and more than one are no name")
  func idempotencyKey() throws {
    func key(_ names: String...) throws -> [UInt8]? {
      let headers = names.map { (name: $0, value: Array("z1".utf8)) }
      return try RouteRequest(method: "POST", target: "/x", headers: headers, body: []).idempotencyKey()
    }
    #expect(try key() == nil)
    #expect(try key("idempotency-KEY") == Array("z1".utf8))
    #expect(throws: Problem.malformedIdempotencyKey) { try key("Idempotency-Key", "idempotency-key") }
  }
}
