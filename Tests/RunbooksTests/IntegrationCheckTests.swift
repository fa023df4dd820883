import Testing

@testable import Runbooks

@Suite("Integrations and methods")
struct IntegrationCheckTests {
  private func faults(_ method: String, base: String = "https://api.example.com/v1", auth: String = "") -> [String] {
    Documents.faults("integration: i\nbase_url: \(base)\n\(auth)methods:\n  m:\n\(method)")
      .map { String($0.dropFirst("a.yaml:".count)) }
  }

  @Test("Where values are encrypted a path segment is wholly literal or wholly one placeholder")
  func segments() {
    let mixed = "    request: GET /items/id-<<id>>\n"
    #expect(faults(mixed) == [])
    #expect(
      faults(mixed + "    query: { k: { encrypt: true } }\n") == [
        "5:14: error: the URL of `m`: a path segment must be wholly literal or wholly one placeholder where values are "
          + "encrypted [D113]"
      ])
  }

  @Test(
    "A URL that is not canonical enough is refused with the reason",
    arguments: [
      ("ftp://h", "only https URLs are called"), ("https://", "the URL has no host"), ("/x", "the URL is not absolute"),
      ("https://u:p@h", "the URL carries credentials"), ("https://<<h>>/x", "a variable may not stand in the scheme"),
      ("https://h/?a=b", "a base URL has no query"), ("https://127.1", "a numeric host must be an IPv4 address"),
    ])
  func bases(base: String, reason: String) {
    let found = faults("    request: GET /\n", base: "\"\(base)\"")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("2:11: error: `base_url`: \(reason)") == true, "\(found)")
  }

  @Test("A resource is a path below the base")
  func resources() {
    #expect(faults("    request: GET https://other.example.com/x\n").first?.contains("[D113]") == true)
  }

  @Test("An encrypted parameter may not also stand in the URL's text")
  func encryptedNameInURL() {
    #expect(
      faults("    request: GET /x?key=1\n    query: { key: { encrypt: true } }\n") == [
        "6:14: error: the encrypted parameter `key` also stands in the URL of the request [D156]"
      ])
  }

  @Test("Two encrypted rows of one name could not be told apart")
  func ambiguousRows() {
    let rows =
      "    request: GET /x\n    headers:\n      - { name: X-Key, encrypt: true }\n"
      + "      - { name: x-key, encrypt: true }\n"
    #expect(
      faults(rows) == ["6:5: error: two encrypted header rows have the name `x-key` [D155]"]
        || faults(rows) == ["7:7: error: two encrypted header rows have the name `x-key` [D155]"])
    #expect(faults(rows.replacing("encrypt: true", with: "value: \"1\"")) == [])
  }

  @Test("A header that the integration's authorisation writes cannot be a row, unless the method does without it")
  func authorizationTwice() {
    let auth = "auth: { type: bearer }\n"
    let rows = "    request: GET /x\n    headers: { authorization: Bearer x }\n"
    #expect(
      faults(rows, auth: auth) == [
        "7:16: error: `authorization` is written by the integration's authorisation already; remove the row, or set "
          + "auth: none on the method [D146]"
      ])
    #expect(faults(rows + "    auth: none\n", auth: auth) == [])
  }

  @Test("A credential by hand is advised against by check, and advice is no fault of an import")
  func advice() {
    let found = Documents.read(
      "integration: i\nbase_url: https://h\nmethods:\n  a: { request: GET /, headers: { X-Api-Key: x } }\n"
        + "  b: { request: POST /t, outputs: { Token: response^t } }\n"
    ).faults
    #expect(found.map(\.code) == [.adviseAuthorization, .adviseAuthorization])
    #expect(found.allSatisfy { $0.code.isAdvice && $0.severity == .warning })
  }

  @Test("Repeating a POST that may have been carried out is warned about, unless it is declared safe")
  func repetition() {
    let retry = "    request: POST /x\n    retry: { attempts: 2, retry_on: [timeout] }\n"
    #expect(faults(retry).first?.contains("[D145]") == true)
    #expect(faults(retry + "    idempotency: header Idempotency-Key\n") == [])
    #expect(faults(retry + "    on_interrupt: retry\n") == [])
  }

  @Test("A method is repeatable by its HTTP method or by declaration only")
  func repeatable() {
    for method in HTTPMethod.allCases {
      let plain = Method(id: "i/m", name: "m", httpMethod: method, resource: Template(literal: "/"))
      #expect(plain.isRepeatable == [.get, .head, .put, .delete].contains(method))
      var declared = plain
      declared.onInterrupt = .retry
      #expect(declared.isRepeatable)
    }
  }

  @Test("A body belongs to methods that carry one, and is one thing")
  func bodies() {
    #expect(
      faults("    request: HEAD /\n    body: { text: x }\n") == ["6:11: error: a HEAD request has no body [D112]"])
    #expect(
      faults("    request: POST /\n    body: { text: x, json: '1' }\n") == [
        "6:11: error: `body` must have exactly one of json, xml, form, text, file [D109]"
      ])
    #expect(
      faults("    request: POST /\n    body: { xml: '<a><!-- <<x>> --></a>' }\n") == [
        "6:18: error: the XML body, at character 9 of it: a placeholder may stand in text and in attribute values only "
          + "[D112]"
      ])
    #expect(
      faults("    request: POST /\n    body:\n      json: |\n        {\n          \"a\": <<x>>,\n        }\n") == [
        "7:13: error: the JSON body, at line 3, column 1 of it: the body is not JSON: this character cannot stand here "
          + "[D112]"
      ])
  }

  @Test(
    "Durations have a unit and bounds",
    arguments: [
      ("1ms", 1), ("500ms", 500), ("30s", 30_000), ("2h", 7_200_000), ("1d", 86_400_000), ("720h", 2_592_000_000),
      ("30d", 2_592_000_000),
    ])
  func durations(text: String, milliseconds: Int64) throws {
    let duration = try #require(DurationText.parse(text))
    #expect(DurationText.milliseconds(duration) == milliseconds)
    #expect(DurationText.parse(DurationText.text(duration)) == duration)
  }

  @Test("A duration is stored in hours at most, as it was before there were days")
  func storedDurations() throws {
    #expect(DurationText.text(try #require(DurationText.parse("2d"))) == "48h")
  }

  @Test(
    "What is no duration is none",
    arguments: [
      "", "s", "0s", "01s", "-1s", "1", "1w", "1.5s", "1.5h", "1h30m", "1 s", "721h", "31d", "9999999999999h", "1S",
      "١s",
    ])
  func noDurations(text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test("A secret reference names a path and a field, in one spelling")
  func references() {
    #expect(SecretReference("kv/openai#token") == SecretReference(path: "kv/openai", field: "token"))
    for text in [
      "kv#a", "kv/a", "kv/a#", "/kv/a#b", "kv//a#b", "kv/../a#b", "kv/./a#b", "kv/a#b#c", "kv/a b#c", "kv/é#c", "#",
    ] {
      #expect(SecretReference(text) == nil, "\(text)")
    }
  }

  @Test("Reasons for another attempt are words, statuses and classes")
  func retryCauses() {
    for text in ["timeout", "connect", "dns", "tls", "429", "5xx"] { #expect(RetryOn(text)?.text == text) }
    for text in ["", "5x", "5xy", "6xx", "0xx", "099", "600", "5xxx", "Timeout", "xx5", "55x"] {
      #expect(RetryOn(text) == nil, "\(text)")
    }
  }

  @Test("A success in retry_on is warned about, since it leads to no other attempt", arguments: ["200", "2xx", "1xx"])
  func retryOnSuccess(cause: String) {
    func retry(_ cause: String) -> String {
      "    request: GET /x\n    retry: { attempts: 2, retry_on: [\"\(cause)\"] }\n"
    }
    #expect(
      faults(retry(cause)) == [
        "6:12: warning: `retry_on` names \(cause), which is the answer of no failed attempt: it does nothing; name statuses "
          + "from 300 on [D105]"
      ])
    #expect(faults(retry("302")) == [])
    #expect(faults(retry("3xx")) == [])
  }

  @Test("A success in retry_on of a step is warned about too")
  func retryOnSuccessOfStep() {
    let text =
      "integration: i\nbase_url: https://h\nmethods: { m: { request: GET / } }\n---\n"
      + Documents.runbook(
        steps: "  a: { method: i/m, retry: { attempts: 2, retry_on: [2xx] }, then: b, else: b }\n"
          + "  b: { end: success }\n")
    #expect(Documents.faults(text).contains { $0.contains("`retry_on` names 2xx") })
  }

  @Test("An answer of more than any may have cannot be asked for; a stored document that does has the most")
  func responseLimit() {
    let most = Method.mostResponseBytes
    let text = "    request: GET /x\n    max_response_bytes: "
    #expect(faults(text + "\(most)\n") == [])
    #expect(
      faults(text + "\(most + 1)\n") == [
        "6:25: error: `max_response_bytes` is at most 33554432 (32 MiB): no answer may have more [D105]"
      ])
    var method = Method(id: "i/m", name: "m", httpMethod: .get, resource: Template(literal: "/"))
    #expect(method.responseLimit == nil)
    method.maximumResponseBytes = 5
    #expect(method.responseLimit == 5)
    method.maximumResponseBytes = most + 1
    #expect(method.responseLimit == most)
  }

  @Test("What an author may have meant is found within a few edits")
  func nearest() {
    #expect(NearestName.of("headres", among: ["headers", "body"]) == "headers")
    #expect(NearestName.of("sucess", among: ["success", "failure"]) == "success")
    #expect(NearestName.of("xyz", among: ["headers", "body"]) == nil)
    #expect(NearestName.distance(Array("abcd".utf8), Array("acbd".utf8)) == 1)
    #expect(NearestName.distance(Array("".utf8), Array("abc".utf8)) == 3)
  }
}
