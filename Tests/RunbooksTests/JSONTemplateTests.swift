import TestSupport
import Testing

@testable import Runbooks

@Suite("JSON bodies with placeholders")
struct JSONTemplateTests {
  private func shape(_ template: JSONTemplate) -> [String] {
    template.pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .value(let placeholder): "value \(placeholder.path.text)"
      case .inString(let placeholder): "string \(placeholder.path.text)"
      case .key(let placeholder): "key \(placeholder.path.text)"
      case .inKey(let placeholder): "inkey \(placeholder.path.text)"
      }
    }
  }

  @Test(
    "Each placeholder's position is decided when the body is read",
    arguments: [
      ("<<request>>", ["value request"]),
      (#"{"a": <<x>>}"#, [#"{"a": "#, "value x", "}"]),
      (#"{"a": "<<x>>"}"#, [#"{"a": ""#, "string x", "\"}"]),
      (#"{"a": "p-<<x>>-<<y!>>"}"#, [#"{"a": "p-"#, "string x", "-", "string y!", "\"}"]),
      (#"{<<k>>: 1}"#, ["{", "key k", ": 1}"]),
      (#"{"<<k>>": <<v>>}"#, ["{\"", "inkey k", "\": ", "value v", "}"]),
      (#"{"a": 1, "x<<k>>": 2}"#, [#"{"a": 1, "x"#, "inkey k", "\": 2}"]),
      (#"[<<a>>, {"b": [<<c>>]}, "<<d>>"]"#, ["[", "value a", #", {"b": ["#, "value c", "]}, \"", "string d", "\"]"]),
      (#"{"a": {"b": 1}, <<k>>: {"c": <<v>>}}"#, [#"{"a": {"b": 1}, "#, "key k", #": {"c": "#, "value v", "}}"]),
      (#"{"a": "\<<x>>"}"#, [#"{"a": ""#, #"<<x>>"}"#]),
      (#"{"a": "\\<<x>>"}"#, [#"{"a": "\\"#, "string x", "\"}"]),
      (#"{"a": "\"<<x>>"}"#, [#"{"a": "\""#, "string x", "\"}"]),
      (#"{"<<a>>": 1, "<<b>>": 2}"#, ["{\"", "inkey a", "\": 1, \"", "inkey b", "\": 2}"]),
    ] as [(String, [String])])
  func positions(text: String, shape expected: [String]) throws {
    let template = try JSONTemplate(parsing: text)
    #expect(shape(template) == expected)
    #expect(template.source == text)
  }

  @Test(
    "A body that could not become one JSON value is refused at its place",
    arguments: [
      ("", .unexpectedEnd, 0),
      (#"{"a": <<x>>"#, .unexpectedEnd, 11),
      (#"{"a": 1<<x>>}"#, .placeholderBesideValue, 7),
      (#"{"a": <<x>>1}"#, .unexpected, 11),
      (#"{"a": <<x>><<y>>}"#, .placeholderBesideValue, 11),
      (#"{"a": "s"<<x>>}"#, .placeholderBesideValue, 9),
      (#"{"a" <<x>>}"#, .placeholderBesideValue, 5),
      (#"{"a": <<x>>,}"#, .unexpected, 12),
      (#"{'a': <<x>>}"#, .unexpected, 1),
      (#"{"a": tru<<x>>}"#, .unexpected, 6),
      (#"{"a": 1, "a": <<x>>}"#, .duplicateKey, 9),
      (#"{"a": \<<x>>}"#, .unexpected, 6),
      (#"{"a": "\q"}"#, .badText, 7),
      (#"{"a": 01}"#, .badNumber, 7),
      (#"<<x>> <<y>>"#, .placeholderBesideValue, 6),
    ] as [(String, JSONTemplateFault, Int)])
  func faults(text: String, fault: JSONTemplateFault, offset: Int) {
    do throws(TemplateFault) {
      _ = try JSONTemplate(parsing: text)
      Issue.record("accepted")
    } catch {
      guard case .json(let found) = error.kind else {
        Issue.record("\(error)")
        return
      }
      #expect(found == fault)
      #expect(abs(error.offset - offset) <= (fault == .badNumber || fault == .badText ? 1 : 0), "\(error.offset)")
    }
  }

  @Test("Whatever is accepted is one JSON value with any values filled in", arguments: 0..<150)
  func filling(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let parts = ["{", "}", "[", "]", "\"", ",", ":", "<<a>>", "<<b!>>", "1", "x", "\\", "\\<<", " ", "null", "\"k\":"]
    for _ in 0..<200 {
      let text = (0..<random.number(in: 1...9)).map { _ in random.element(of: parts) ?? "" }.joined()
      guard let template = try? JSONTemplate(parsing: text) else { continue }
      for filler in ["7", "\"s\"", "{\"q\":[]}"] {
        #expect(JSONFilling.isJSON(template, value: filler, text: "é\\n"), "\(text)")
      }
    }
  }
}
