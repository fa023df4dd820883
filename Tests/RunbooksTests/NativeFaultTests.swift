import Testing

@testable import Runbooks

@Suite("Faults of native documents, as check prints them")
struct NativeFaultTests {
  @Test("Every fault of an integration is named at once, with its place and what helps")
  func integration() {
    let text = #"""
      integration: my api
      base_url: https://api.example.com:0/x
      auth: { type: oauth3, token: abc }
      methods:
        one:
          request: FETCH /a
          headres: { A: b }
        two:
          request: GET /a/<<response^id>>/b-<<x>>
          body: { text: hello }
          query: { q: { value: s3cr3t-value, encrypt: true } }
          timeout: 0s
        three:
          request: POST /a
          body: { json: '{"a": 1<<x>>}' }
          headers: { Host: x, "bad name": y, X-A: "a\nb" }
          outputs: { r: "reponse^id", "t^x": status }
          retry: { attempts: 0, retry_on: [timeout, 9xx] }
      """#
    #expect(
      Documents.faults(text) == [
        "a.yaml:1:14: error: the id `my api` is not usable as a name; use letters, digits, -, _ and . "
          + "only, at most 128 [D107]",
        "a.yaml:2:11: error: `base_url`: the port must be a number from 1 to 65535 without leading zeros "
          + "[D113]",
        "a.yaml:3:15: error: `type` must be one of none, bearer, basic, api_key, oauth2, jwt, signature, mtls, "
          + "certificate; did you mean `oauth2`? [D105]",
        "a.yaml:6:14: error: `request` must begin with GET, HEAD, POST, PUT, DELETE, PATCH; write it as "
          + "METHOD /path [D105]",
        "a.yaml:7:5: error: there is no key `headres` here; did you mean `headers`? [D102]",
        "a.yaml:9:14: error: `response` is known only to outputs, not to a request; set a variable from "
          + "it in the outputs of an earlier step [D141]",
        "a.yaml:10:11: error: a GET request has no body [D112]",
        "a.yaml:11:26: warning: the value of `q` stands in clear in this file; the import seals it, the "
          + "file still holds it; remove it from the file and enter it with `chancery set my api/two query q` "
          + "[D150]",
        "a.yaml:12:14: error: `timeout` must be a duration: a whole number and ms, s, m, h or d, such as 30s, at most "
          + "thirty days [D105]",
        "a.yaml:15:19: error: the JSON body, at character 8 of it: the placeholder stands for a whole "
          + "value here, and there is text beside it; put the whole value into quotes, or the placeholder "
          + "alone [D112]",
        "a.yaml:16:16: error: the header `Host` is written by the service itself [D114]",
        "a.yaml:16:25: error: `bad name` is not a header name (RFC 9110) [D114]",
        "a.yaml:16:45: error: a header value cannot hold a line break or NUL [D114]",
        "a.yaml:17:16: error: the output `r` begins with `reponse`, which is no root of an answer; begin "
          + "it with response, response_headers or status; other variables can be set by the step [D143]",
        "a.yaml:17:33: error: `t^x` cannot be the name of a variable; a name holds none of ^ [ ] < > ! \" "
          + "and no space at its ends [D107]",
        "a.yaml:18:24: error: `attempts` must be a whole number from 1 to 20 [D104]",
        "a.yaml:18:47: error: `retry_on` holds timeout, connect, disconnected, dns, tls, a status such as 429, or a "
          + "class such as 5xx [D105]",
      ])
  }

  @Test("Every fault of a runbook is named at once, with its place and what helps")
  func runbook() {
    let text = #"""
      runbook: r
      mode: serial
      start: { public: { auth: signature, key: s3cr3t-key }, inputs: { a: "response^x" } }
      variables: { response: 1, x: { encrypt: true, default: s3cr3t } }
      steps:
        a: { method: my-api/one, then: bb, else: c }
        b: { condition: { left: yy, op: eqals, right: 1 }, then: c, else: c }
        c: { end: succes }
        d: { api: "x" }
      """#
    #expect(
      Documents.faults(text) == [
        "a.yaml:2:7: error: `mode` must be one of parallel, series; did you mean `series`? [D105]",
        "a.yaml:3:18: error: a signature needs `scheme` or `recipe` [D103]",
        "a.yaml:3:42: warning: `key` stands in clear in this file; the import seals it, the file still "
          + "holds it; remove it from the file and enter it with `chancery set r auth key` [D150]",
        "a.yaml:3:66: error: the input `a` begins with `response`, which is no root of a request; begin "
          + "it with request, request_headers or request_query [D143]",
        "a.yaml:4:14: error: `response` is reserved and cannot be the name of a variable [D108]",
        "a.yaml:4:56: warning: the value of `x` stands in clear in this file; the import seals it, the "
          + "file still holds it; remove it from the file and enter it with `chancery set r variable x` "
          + "[D150]",
        "a.yaml:6:16: warning: the method `my-api/one` is not in these files; the import looks for it in "
          + "the store [D140]",
        "a.yaml:6:34: error: the success edge of step `a` leads to `bb`, which is no step; did you mean "
          + "`b`? [D130]",
        "a.yaml:7:35: error: `op` must be one of equals, not_equals, contains, not_contains, greater, "
          + "greater_or_equal, less, less_or_equal, in, not_in, has_value, has_no_value; did you mean "
          + "`equals`? [D105]",
        "a.yaml:7:69: warning: both edges of the condition `b` lead to `c`: it decides nothing [D134]",
        "a.yaml:8:13: error: `end` must be one of success, failure, failure-retry; did you mean "
          + "`success`? [D105]",
        "a.yaml:9:8: error: `api` arrives with a later release of Chancery [D120]",
      ])
  }

  @Test("No fault shows a value of the document")
  func noValues() {
    let secret = "hunter2-hunter2"
    let texts = [
      "integration: i\nbase_url: \(secret)",
      "integration: i\nbase_url: https://h\nauth: \(secret)",
      "integration: i\nbase_url: https://h\nauth: { type: \(secret) }",
      "integration: i\nbase_url: https://h\nauth: { type: bearer, token: \(secret) }",
      "integration: i\nbase_url: https://h\nmethods: { m: { request: GET /, timeout: \(secret) } }",
      "integration: i\nbase_url: https://h\nmethods: { m: { request: \(secret), headers: [\(secret)] } }",
      "integration: i\nbase_url: https://h\nmethods: { m: { request: POST /, body: { json: '{ \(secret)' } } }",
      "integration: i\nbase_url: https://h\nmethods: { m: { request: GET /, headers: { A: { secret: \(secret) } } } }",
      "runbook: r\nmode: \(secret)\nstart: \(secret)\nlimits: \(secret)\nactive: \(secret)",
      "runbook: r\nstart: { public: { auth: \(secret), answer: \(secret) } }",
      "runbook: r\nstart: { public: { auth: basic, username: u, password: \(secret) } }",
      "runbook: r\nvariables: { v: { encrypt: true, default: \(secret) } }",
      "runbook: r\nsteps: { a: { end: \(secret) }, b: { method: \(secret) } }",
      "\(secret)", "[\(secret)]", "{\"type\": 1, \"name\": \"n\", \"active\": \"\(secret)\"}",
    ]
    for text in texts {
      let faults = Documents.faults(text)
      #expect(!faults.isEmpty)
      for fault in faults { #expect(!fault.contains(secret), "\(fault)") }
    }
  }

  @Test(
    "What arrives with a later release is refused by name",
    arguments: [
      ("runbook: r\nevents: []", "a.yaml:2:1: error: `events` arrives with a later release"),
      ("runbook: r\nsteps: { a: { api: x } }", "a.yaml:2:15: error: `api` arrives with a later release"),
    ])
  func later(text: String, beginning: String) {
    let faults = Documents.faults(text)
    #expect(faults.contains { $0.hasPrefix(beginning) }, "\(faults)")
  }

  @Test("What would run as written and is only not honoured yet is a warning")
  func degraded() {
    let read = Documents.read("runbook: r\non_failure: { ticket_after: 3 }\nsteps: { a: { end: success } }")
    #expect(!read.faults.hasErrors)
    #expect(read.faults.map(\.code) == [.degraded])
  }

  @Test("A draft has a name and no steps, and cannot be active")
  func drafts() {
    let draft = Documents.read("runbook: r")
    #expect(draft.faults.isEmpty)
    #expect(draft.runbooks.first?.document.isActive == false)
    #expect(
      Documents.faults("runbook: r\nactive: true") == [
        "a.yaml:2:9: error: the runbook cannot be active: it has no steps yet [D139]"
      ])
  }

  @Test("Files that are no documents are refused as such")
  func noDocuments() {
    for text in ["", "# only a comment", "42", "[1, 2]", "name: x", "{}"] {
      let faults = Documents.read(text).faults
      #expect(faults.map(\.code) == [.notADocument], "\(text)")
    }
    #expect(Documents.read("a: [").faults.map(\.code) == [.syntax])
  }

  @Test("Two documents of one import cannot share an id or a name")
  func duplicates() {
    let read = Documents.read([
      ("a.yaml", "runbook: r\nsteps: { a: { end: success } }"),
      ("b.yaml", "runbook: r\nname: other\nsteps: { a: { end: success } }"),
      ("c.yaml", "runbook: s\nname: r\nsteps: { a: { end: success } }"),
    ])
    #expect(
      read.faults.map(\.rendered) == [
        "b.yaml:1:10: error: the id `r` is taken already, at a.yaml:1:10 [D144]",
        "c.yaml:2:7: error: the name `r` is taken already, at a.yaml:1:10 [D144]",
      ])
  }

  @Test("A step whose kind has a fault is told of that one, and not of keys that its kind would have")
  func followUps() {
    let text = """
      runbook: r
      steps:
        a:
          sql: crm
          query: "SELECT a FROM b WHERE c = <<d"
          outputs: { x: "response[0]^a" }
          approval: { required: 2 }
          then: b
        b: { method: desk, outputs: { y: response^a }, timeout: 5s, then: c }
        c: { end: success, sleep: 5s, outputs: { z: response^a } }
      """
    let faults = Documents.read([("a.yaml", text), ("b.yaml", "data_source: crm\nsqlite: a.db\n")]).faults
    #expect(
      faults.filter { $0.severity == .error }.map(\.message) == [
        "`query`, at character 27 of it: << has no >>",
        "`method` must be INTEGRATION/METHOD",
        "step `c` must have exactly one of method, sql, condition, iterate, next, sleep, start_runbook, sign, verify, "
          + "encrypt, decrypt, end",
      ])
  }
}
