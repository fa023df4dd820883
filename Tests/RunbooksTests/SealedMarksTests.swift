import Labels
import Testing

@testable import Runbooks

@Suite("Values that were in clear before they were encrypted")
struct SealedMarksTests {
  static func runbook(_ variables: String) throws -> RunbookDocument {
    try #require(
      RunbookDocument(canonicalJSON: Array(#"{"runbook":"r","name":"R","variables":{\#(variables)}}"#.utf8)))
  }

  static func integration(_ method: String) throws -> IntegrationDocument {
    try #require(
      IntegrationDocument(
        canonicalJSON: Array(
          #"""
          {"integration":"i","name":"I","base_url":"https://api.example.com",
          "methods":{"m":{"request":"POST /",\#(method)}}}
          """#.utf8)))
  }

  static func text(_ json: [UInt8]) -> String { String(decoding: json, as: UTF8.self) }

  @Test("A variable is a marker in older texts once it is encrypted, and another is not")
  func variable() throws {
    let old = try Self.runbook(#""a":"first value","b":"other value""#)
    var marks = SealedMarks()
    marks.add(try Self.runbook(#""a":{"encrypt":true},"b":"changed""#))
    let hidden = marks.hiding(old)
    let text = Self.text(hidden.canonicalJSON)
    #expect(!text.contains("first value"))
    #expect(text.contains("other value"))
    #expect(hidden.variables.first { $0.name == "a" }?.encrypt == true)
    #expect(RunbookDocument(canonicalJSON: hidden.canonicalJSON) == hidden)
  }

  @Test("A parameter is a marker in older texts once it is encrypted, a header in any case")
  func rows() throws {
    let old = try Self.integration(
      #""query":{"key":"query value"},"headers":{"X-Team":"header value","X-Plain":"plain value"},"#
        + #""body":{"form":{"pin":"form value"}}"#)
    var marks = SealedMarks()
    marks.add(
      try Self.integration(
        #""query":{"key":{"encrypt":true}},"headers":{"x-team":{"encrypt":true}},"body":{"form":{"pin":{"encrypt":true}}}"#
      ))
    let hidden = marks.hiding(old)
    let text = Self.text(hidden.canonicalJSON)
    for value in ["query value", "header value", "form value"] { #expect(!text.contains(value), "\(value)") }
    #expect(text.contains("plain value"))
    #expect(IntegrationDocument(canonicalJSON: hidden.canonicalJSON) == hidden)
  }

  @Test("Without marks a document stays as it is")
  func unmarked() throws {
    let runbook = try Self.runbook(#""a":"value","b":{"encrypt":true}"#)
    #expect(SealedMarks().hiding(runbook) == runbook)
    let integration = try Self.integration(#""query":{"key":"value"}"#)
    #expect(SealedMarks().hiding(integration) == integration)
  }
}
