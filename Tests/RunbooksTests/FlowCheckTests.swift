import Testing

@testable import Runbooks

@Suite("FlowCheck")
struct FlowCheckTests {
  static let identity = """
    integration: identity
    base_url: https://identity.example.com
    methods:
      token: { request: POST /token, encrypt_response: true, outputs: { api_token: response^access_token! } }
    ---

    """
  static let desk = """
    integration: desk
    base_url: https://desk.example.com
    methods:
      by-path: { request: GET /items/<<x>> }
      by-header: { request: GET /items, headers: { X-Key: <<x>> } }
      plain: { request: GET /plain, outputs: { got: response^id, also: response^access_token } }
    ---

    """
  static let ends = "  done: { end: success }\n  failed: { end: failure }\n"

  /// What is found, by code and severity; the whole sentence where one is asked for.
  static func faults(_ text: String) -> [DocumentFault] { Documents.read(text).faults.filter { !$0.code.isAdvice } }

  /// The codes of what is said about secrets.
  static func codes(_ text: String, _ severity: DocumentFault.Severity = .warning) -> [FaultCode] {
    faults(text).filter { $0.severity == severity && $0.code.rawValue.hasPrefix("D17") }.map(\.code)
  }

  static func runbook(_ head: String, _ steps: String) -> String {
    identity + desk + "runbook: r\n\(head)\nsteps:\n\(steps)" + ends
  }

  @Test("The way of an encrypted answer into a URL is shown step by step, with the place of each")
  func urlPath() throws {
    let text = Self.runbook(
      "variables: { x: { from: \"v <<seed>>\" }, seed: none }",
      """
        get: { method: identity/token, outputs: { y: api_token }, then: list, else: failed }
        list: { method: desk/by-path, then: done, else: failed }

      """
    ).replacing("outputs: { y: api_token }", with: "outputs: { x: \"Key <<api_token>>\" }")
    let fault = try #require(Self.faults(text).first { $0.code == .secretInURL })
    #expect(
      fault.rendered
        == "a.yaml:17:19: warning: the encrypted answer of step `get` goes into the path of the URL of step `list`; "
        + "URLs stand in the logs of servers and proxies: send it in a header or the body [D170] — "
        + "1. a.yaml:4:52: the answer of step `get` is encrypted "
        + "2. a.yaml:4:69: the output `api_token` of step `get` takes `response^access_token!` "
        + "3. a.yaml:16:45: the output `x` of step `get` takes `Key <<api_token>>` "
        + "4. a.yaml:9:23: `<<x>>` stands in the path of the URL of step `list`")
  }

  @Test("A value that is set again on every way does not arrive, and one that is kept on a failure edge does")
  func overwritten() {
    let steps = """
        get: { method: identity/token, outputs: { x: api_token }, then: plain, else: failed }
        plain: { method: desk/plain, outputs: { x: response^id }, then: list, else: EDGE }
        list: { method: desk/by-path, then: done, else: failed }

      """
    #expect(Self.codes(Self.runbook("", steps.replacing("EDGE", with: "failed"))) == [])
    #expect(Self.codes(Self.runbook("", steps.replacing("EDGE", with: "list"))) == [.secretInURL])
  }

  @Test("A loop is gone round until nothing new is found")
  func loop() {
    // Three rounds: z to y, y to x, x into the URL.
    let steps = """
        list: { method: desk/by-path, outputs: { x: y }, then: shift, else: failed }
        shift: { method: desk/plain, outputs: { y: z }, then: get, else: failed }
        get: { method: identity/token, outputs: { z: api_token }, then: list, else: failed }

      """
    let text = Self.runbook("variables: { x: a, y: b, z: c }", steps)
    #expect(Self.codes(text) == [.secretInURL])
    #expect(Self.codes(text.replacing("then: list, else: failed }", with: "then: done, else: failed }")) == [])
  }

  @Test("A step that cannot be reached sends nothing")
  func unreachable() {
    let steps = """
        get: { method: identity/token, outputs: { x: api_token }, then: done, else: failed }
        list: { method: desk/by-path, then: done, else: failed }

      """
    #expect(Self.codes(Self.runbook("", steps)) == [])
  }

  @Test("A run that begins again begins with the starting values")
  func restart() {
    let steps = """
        list: { method: desk/by-path, then: get, else: failed }
        get: { method: identity/token, outputs: { x: api_token }, then: again, else: failed }
        again: { end: failure-retry }

      """
    #expect(Self.codes(Self.runbook("variables: { x: a }", steps)) == [])
  }

  @Test(
    "Each kind of source is followed into a URL",
    arguments: [
      ("variables: { x: { secret: kv/a#b } }", "the secret `kv/a#b`"),
      ("variables: { x: { encrypt: true } }", "the encrypted variable `x`"),
      (
        "start: { public: { auth: none }, encrypt_request: true, inputs: { x: request^id } }",
        "the encrypted request"
      ),
      (
        "start: { public: { auth: none }, encrypt_request: true, inputs: { x: request_query^id } }",
        "the encrypted request"
      ),
      (
        "start: { public: { auth: none }, inputs: { x: request_headers^Authorization } }",
        "the header `authorization` of the starting request"
      ),
    ])
  func sources(head: String, source: String) {
    let steps = "  list: { method: desk/by-path, then: done, else: failed }\n"
    let found = Self.faults(Self.runbook(head, steps)).filter { $0.code == .secretInURL }
    #expect(found.map(\.severity) == [.warning])
    #expect(found.allSatisfy { $0.message.hasPrefix(source) }, "\(found.map(\.message))")
  }

  @Test("Requests that are not encrypted, and headers that stay readable, bring nothing")
  func plainSources() {
    let steps = "  list: { method: desk/by-path, then: done, else: failed }\n"
    for (start, path) in [
      ("", "request^id"), ("", "request_headers^X-Id"), (", encrypt_request: true", "request_headers^Content-Type"),
    ] {
      let head = "start: { public: { auth: none }\(start), inputs: { x: \"\(path)\" } }"
      #expect(Self.codes(Self.runbook(head, steps)) == [], "\(path)")
    }
  }

  @Test("A token in a plain answer is one by its name, also when the name is read later")
  func tokens() {
    let direct = """
        plain: { method: desk/plain, outputs: { x: also }, then: list, else: failed }
        list: { method: desk/by-path, then: done, else: failed }

      """
    let later = direct.replacing("x: also", with: "whole: response, x: whole^access_token")
    let other = direct.replacing("x: also", with: "whole: response, x: whole^id")
    #expect(Self.codes(Self.runbook("", direct)) == [.secretInURL])
    #expect(Self.codes(Self.runbook("", later)) == [.secretInURL])
    #expect(Self.codes(Self.runbook("", other)) == [])
  }

  @Test("A secret that a method's own row names is there by intent: a note, not a warning")
  func direct() {
    let text = """
      integration: a
      base_url: https://a.example.com
      auth: { type: api_key, query: key, key: { secret: kv/a#key } }
      methods:
        m: { request: GET /m, query: { k: { secret: kv/a#b }, s: { encrypt: true } } }
      ---
      runbook: r
      steps:
        m: { method: a/m, then: done, else: done }
        done: { end: success }

      """
    #expect(Self.codes(text) == [])
    #expect(Self.codes(text, .note) == [.secretInURL, .secretInURL, .secretInURL])
  }

  @Test("A value that goes to another host than it came from is noted; one whose hosts forbid it is a warning")
  func hosts() {
    let steps = """
        get: { method: identity/token, outputs: { x: api_token }, then: list, else: failed }
        list: { method: desk/by-header, then: done, else: failed }

      """
    let text = Self.runbook("", steps)
    #expect(Self.codes(text) == [])
    #expect(Self.codes(text, .note).contains(.secretToOtherHost))
    let here = text.replacing("https://identity.example.com", with: "https://desk.example.com")
    #expect(!Self.codes(here, .note).contains(.secretToOtherHost))
    let sealed = "  list: { method: desk/by-header, then: done, else: failed }\n"
    for (hosts, found) in [("identity.example.com", [FaultCode.secretToOtherHost]), ("desk.example.com", [])] {
      let head = "variables: { x: { encrypt: true, hosts: [\(hosts)] } }"
      #expect(Self.codes(Self.runbook(head, sealed)) == found)
    }
  }

  @Test(
    "A condition that may not be asked is an error where it always fails, a warning where it can, else a note",
    arguments: [
      ("{ left: x, op: contains, right: a }", FaultCode.conditionNotAllowed, DocumentFault.Severity.error),
      ("{ left: x, op: equals, right: <<other>> }", .conditionNotAllowed, .warning),
      ("{ left: x, op: equals, right: a }", .conditionTells, .note),
      ("{ left: x, op: equals, right: <<constant>> }", .conditionTells, .note),
      ("{ left: x, op: has_value }", .conditionTells, .note),
    ])
  func conditions(row: String, code: FaultCode, severity: DocumentFault.Severity) {
    let head = """
      start: { public: { auth: none }, inputs: { other: request^a } }
      variables: { x: { encrypt: true }, constant: a }
      """
    let steps = "  ask: { condition: \(row), then: done, else: failed }\n"
    let found = Self.faults(Self.runbook(head, steps)).filter { $0.code == code }
    #expect(found.map(\.severity) == [severity])
  }

  @Test("Encrypted answers may be asked anything; in a loop the bits end")
  func loopCondition() {
    let steps = """
        get: { method: identity/token, then: ask, else: failed }
        ask: { condition: { left: api_token, op: contains, right: a }, then: done, else: EDGE }

      """
    #expect(Self.codes(Self.runbook("", steps.replacing("EDGE", with: "failed"))) == [])
    let looping = Self.runbook("", steps.replacing("EDGE", with: "get"))
    #expect(Self.codes(looping) == [.conditionTells])
    #expect(Self.codes(looping.replacing("runbook: r\n", with: "runbook: r\nlimits: { max_visits: 8 }\n")) == [])
  }

  @Test("A key that checks something secret tells a bit each time; for each element of an array the bits end")
  func loopOfKeySteps() {
    let signing = """
        sign: { sign: { named: deploy }, message: "<<t>>", outputs: { made: response^signature }, then: ask, else: failed }
        ask: { verify: { named: deploy }, message: "<<t>>", signature: "<<made>>", then: NEXT, else: failed }

      """
    let loop = """
        each: { iterate: "<<request^texts>>", outputs: { t: response }, then: sign, else: failed }
        again: { next: each, then: done }

      """
    let head = "variables: { t: {}, made: {} }"
    let once = Self.runbook(head, signing.replacing("NEXT", with: "done").replacing("<<t>>", with: "<<request^text>>"))
    #expect(Self.codes(once) == [])
    #expect(Self.codes(once, .note).contains(.conditionTells))
    let each = loop.replacing("  again:", with: signing.replacing("NEXT", with: "again") + "  again:")
    // A limit of visits counts anew for each element.
    for head in [head, head + "\nlimits: { max_visits: 8 }"] {
      #expect(Self.codes(Self.runbook(head, each)) == [.conditionTells])
    }
    // What opens tells nothing, so it ends no loop.
    let opening = each.replacing("sign: { named", with: "encrypt: { named").replacing("^signature", with: "^ciphertext")
      .replacing("verify: {", with: "decrypt: {").replacing(#"message: "<<t>>", signature:"#, with: "ciphertext:")
    #expect(Self.codes(Self.runbook(head, opening)) == [])
    #expect(Self.codes(Self.runbook(head, opening), .note).contains(.conditionTells))
  }

  @Test("What a step sets reaches the loop's beginning with the next element, unless it is set anew there")
  func nextElement() {
    let steps = """
        each: { iterate: "<<request^ids>>", outputs: { t: response }, then: list, else: failed }
        list: { method: desk/by-path, then: get, else: failed }
        get: { method: identity/token, outputs: { x: api_token }, then: again, else: failed }
        again: { next: each, then: done }

      """
    let head = "variables: { x: a, t: a }"
    #expect(Self.codes(Self.runbook(head, steps)) == [.secretInURL])
    #expect(Self.codes(Self.runbook(head, steps.replacing("{ t: response }", with: "{ x: response }"))) == [])
  }

  @Test("What a log leaves out is noted, once for each step")
  func log() {
    let steps = """
        get: { method: identity/token, outputs: { x: api_token }, then: list, else: failed }
        list: { method: desk/by-header, then: done, else: failed }

      """
    let notes = Self.faults(Self.runbook("", steps)).filter { $0.code == .removedFromLog }
    #expect(notes.map(\.severity) == [.note])
  }

  @Test("A value that is kept after the run is a warning")
  func kept() {
    let steps = "  get: { method: identity/token, outputs: { x: api_token }, then: done, else: failed }\n"
    let text = Self.runbook("active: false\nvariables: { x: { persist: true } }", steps)
    #expect(Self.codes(text).contains(.secretKept))
  }

  @Test("Documents with errors are not asked where secrets go")
  func onlyWhole() {
    let steps = "  list: { method: desk/by-path, then: nowhere, else: failed }\n"
    let text = Self.runbook("variables: { x: { secret: kv/a#b } }", steps)
    #expect(Self.faults(text).contains { $0.code == .danglingEdge })
    #expect(Self.codes(text) == [])
    #expect(Self.codes(text.replacing("nowhere", with: "done")) == [.secretInURL])
  }

  @Test("A message holds names of the document and none of its values")
  func noValues() {
    let steps = "  list: { method: desk/by-path, then: done, else: failed }\n"
    let text = Self.runbook("variables: { x: { encrypt: true, default: \"cleartext-value-91\" } }", steps)
    let found = Self.faults(text)
    #expect(found.contains { $0.code == .secretInURL })
    #expect(found.allSatisfy { !$0.rendered.contains("cleartext-value-91") })
  }

  @Test("Of a very long way the source and the last steps are shown")
  func longTrail() throws {
    let names = (0..<60).map { "v\($0)" }
    let variables = zip(names, names.dropFirst()).map { earlier, name in
      VariableDeclaration(name: name, from: .path(VariablePath(root: earlier)))
    }
    let first = VariableDeclaration(name: "v0", initialValue: .secret(SecretReference(path: "kv/a", field: "b")))
    let runbook = RunbookDocument(
      id: "r", variables: [first] + variables, steps: [Step(name: "done", kind: .end(.success))], startStep: "done")
    let check = FlowCheck(of: runbook) { _ in nil }
    let flow = try #require(check.flows.first { $0.sink == .plainVariable("v59") })
    #expect(flow.trail.count == 22)
    #expect(flow.trail.first?.text == "the variable `v0` holds the secret `kv/a#b`")
    #expect(flow.trail[1].text == "more steps, which are left out here")
    #expect(flow.trail.last?.text == "the variable `v59` is made from `v58`")
  }

  // MARK: Cost

  /// Steps in one long way, each with a secret answer, a write and a read, and an edge back to the first one.
  static func long(_ count: Int, readsAll: Bool) -> (RunbookDocument, IntegrationDocument) {
    let integration = IntegrationDocument(
      id: "i", baseURL: "https://i.example.com",
      methods: (0..<count).map { number in
        Runbooks.Method(
          id: "i/m\(number)", name: "m\(number)", httpMethod: .get, resource: Template(literal: "/"),
          headers: [Row(key: "X", value: .template(Self.template("<<v\(readsAll ? number * 7 % count : number)>>")))],
          outputs: [VariableBinding(name: "v\((number + 1) % count)", value: .path(VariablePath(root: "response")))],
          encryptResponse: true)
      })
    let steps = (0..<count).map { number in
      Step(
        name: "s\(number)", kind: .method(MethodCallStep(method: .named(integration: "i", method: "m\(number)"))),
        onSuccess: "s\((number + 1) % count)", onFailure: number.isMultiple(of: 5) ? "s0" : nil)
    }
    return (RunbookDocument(id: "r", steps: steps, startStep: "s0"), integration)
  }

  private static func template(_ text: String) -> Template {
    (try? Template(parsing: text)) ?? Template(literal: "")
  }

  @Test(
    "What is looked at grows with the steps, also where every value lives as long as the run", arguments: [false, true])
  func linear(readsAll: Bool) {
    var visits: [Int] = []
    for count in [1_000, 10_000] {
      let (runbook, integration) = Self.long(count, readsAll: readsAll)
      let check = FlowCheck(of: runbook) { $0 == "i" ? integration : nil }
      #expect(!check.flows.isEmpty)
      visits.append(check.visits)
    }
    // Ten times the steps may cost ten times as much, and a little.
    #expect(visits[1] <= visits[0] * 12, "\(visits)")
    #expect(visits[1] < 10_000 * 1_000, "\(visits)")
    print("visits at 1,000 and 10,000 steps (long-lived values: \(readsAll)): \(visits)")
  }

  @Test("What is looked at grows with the iterations, also where every one of them reads its element")
  func linearInIterations() throws {
    var visits: [Int] = []
    for count in [20, 200] {
      let steps = (0..<count).map { number in
        "  i\(number): { iterate: <<all>>, outputs: { x: response }, then: c\(number), else: i\(number + 1) }\n"
          + "  c\(number): { condition: { left: response, op: has_value }, then: n\(number), else: n\(number) }\n"
          + "  n\(number): { next: i\(number), then: i\(number + 1) }\n"
      }
      let text =
        "runbook: r\nvariables: { all: { default: [] } }\nsteps:\n" + steps.joined() + "  i\(count): { end: success }\n"
      let runbook = try #require(Documents.read(text).runbooks.first?.document)
      #expect(runbook.steps.count == 3 * count + 1)
      visits.append(FlowCheck(of: runbook) { _ in nil }.visits)
    }
    #expect(visits[1] <= visits[0] * 12, "\(visits)")
  }
}
