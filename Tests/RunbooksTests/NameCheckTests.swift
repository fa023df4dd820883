import Testing

@testable import Runbooks

@Suite("Names that documents use")
struct NameCheckTests {
  private static let integration = """
    integration: i
    base_url: https://api.example.com
    methods:
      get:
        request: GET /items/<<item>>
        outputs: { found: response^id }
      send:
        request: POST /items
        headers: { X-Team: "<<team>>" }
        body: { json: '{"a": <<found>>, "b": "<<note!>>"}' }
    ---

    """

  private func faults(_ runbook: String) -> [String] {
    Documents.faults(Self.integration + runbook).map { String($0.dropFirst("a.yaml:".count)) }
  }

  @Test("A method sees declared variables, inputs, and the outputs of other methods and steps")
  func known() {
    let text = """
      runbook: r
      start:
        public: { auth: bearer }
        inputs: { item: request^item }
      variables: { team: soc }
      steps:
        a: { method: i/get, outputs: { note: "response^text" }, then: b, else: f }
        b: { method: i/send, then: d, else: f }
        d: { end: success }
        f: { end: failure }
      """
    #expect(faults(text) == [])
  }

  @Test("A name that nothing sets is an error at the step, with what may be meant")
  func unknown() {
    let text = """
      runbook: r
      variables: { teem: soc }
      steps:
        a: { method: i/send, then: d, else: f }
        c: { condition: { left: sverity, op: has_value }, then: d, else: f }
        d: { end: success }
        f: { end: failure }
      """
    #expect(
      faults(text) == [
        "15:16: error: step `a`, by its method, uses `team`, which nothing in the runbook sets; "
          + "did you mean `teem`? [D141]",
        "15:16: error: step `a`, by its method, uses `found`, which nothing in the runbook sets; "
          + "declare it under variables: [D141]",
        "15:16: error: step `a`, by its method, uses `note`, which nothing in the runbook sets; "
          + "declare it under variables: [D141]",
        "16:3: warning: step `c` cannot be reached from the first step [D133]",
        "16:19: error: step `c` uses `sverity`, which nothing in the runbook sets; declare it under variables: [D141]",
      ])
  }

  @Test("A method that is not here is an error when its integration is, and a warning in an offline check else")
  func methods() {
    let text =
      "runbook: r\nsteps:\n  a: { method: i/gte, then: d }\n  b: { method: j/x, then: d }\n  d: { end: success }\n"
    let offline = faults(text).filter { $0.contains("D140") }
    #expect(
      offline == [
        "14:16: error: there is no method `i/gte`; did you mean `i/get`? [D140]",
        "15:16: warning: the method `j/x` is not in these files; the import looks for it in the store [D140]",
      ])
    let withStore = Documents.read(Self.integration + text, known: []).faults.filter { $0.code == .unknownMethod }
    #expect(withStore.map(\.severity) == [.error, .error])
    let stored = IntegrationDocument(
      id: "j", baseURL: "https://h",
      methods: [Method(id: "j/x", name: "x", httpMethod: .get, resource: Template(literal: "/"))])
    let found = Documents.read(Self.integration + text, known: [stored]).faults.filter { $0.code == .unknownMethod }
    #expect(found.map(\.message) == ["there is no method `i/gte`"])
  }

  @Test("Roots that a start does not bring are warned about once per kind of start")
  func starts() {
    let inside = "runbook: r\nvariables: { v: { from: request^a } }\nsteps: { a: { end: success } }"
    #expect(
      Documents.faults(inside) == [
        "a.yaml:2:25: warning: the variable `v` uses `request`, "
          + "which has no value when the run is started from inside [D142]"
      ])
    let outside = """
      runbook: r
      start: { public: { auth: bearer } }
      variables: { v: { from: ticket^a }, w: { from: ticket^b } }
      steps: { a: { end: success } }
      """
    #expect(
      Documents.faults(outside) == [
        "a.yaml:3:25: warning: the variable `v` uses `ticket`, "
          + "which has no value when the run is started from outside [D142]"
      ])
  }

  @Test("An answer is known to outputs only")
  func answers() {
    let text = """
      runbook: r
      variables: { v: { from: response^a }, w: { from: w } }
      steps:
        a: { condition: { left: status, op: equals, right: 200 }, then: b, else: b }
        b: { end: success }
      """
    let errors = Documents.read(text).faults.filter { $0.severity == .error }.map(\.message)
    #expect(
      errors == [
        "the variable `v` uses `response`, which is known only to outputs", "the variable `w` is taken from itself",
        "step `a` uses `status`, which is known only to outputs",
      ])
  }

  @Test("Why the last failure edge was taken can be tested by a condition")
  func failures() {
    let text =
      "runbook: r\nsteps:\n  a: { condition: { left: failure^reason, op: equals, right: timeout }, then: b, else: c }\n"
      + "  b: { end: success }\n  c: { end: failure }\n"
    #expect(Documents.faults(text) == [])
  }

  @Test("Two spellings of one accented name are one variable")
  func accents() {
    let text = #"{"runbook": "r", "variables": {"caf\u00e9": 1, "cafe\u0301": 2}, "steps": {"a": {"end": "success"}}}"#
    #expect(Documents.read([("a.json", text)]).faults.map(\.code) == [.duplicateName])
  }

  @Test("A runbook that a step starts and that is not there is a warning, in files and in a service alike")
  func startedRunbook() {
    let text = "runbook: r\nsteps:\n  a: { start_runbook: nowhere }\n"
    let alone = Documents.faults(text)
    #expect(alone.count == 1)
    #expect(alone.first?.hasPrefix("a.yaml:3:") == true)
    #expect(alone.first?.contains("warning: the runbook `nowhere` is not in these files") == true)
    let here = "runbook: nowhere\nsteps:\n  a: { end: success }\n---\n"
    #expect(Documents.faults(here + text) == [])
    var options = CheckOptions()
    options.runbooks = ["somewhere"]
    let served = Documents.read([("a.yaml", text)], options: options).faults.map(\.rendered)
    #expect(served.count == 1)
    #expect(served.first?.contains("warning: there is no runbook `nowhere`: step `a` fails until there is one") == true)
    options.runbooks = ["nowhere"]
    #expect(Documents.read([("a.yaml", text)], options: options).faults.isEmpty)
  }
}
