import Runbooks
import Testing

@testable import Labels
@testable import Runner

/// The forms of variables that the vendor's documents are known to have (runbook-documents.md §4), from the answer to the
/// body that is sent.
@Suite("Variables as the vendor's documents write them")
struct VendorSyntaxTests {
  /// Takes one output of an answer, and puts it into a body.
  private static func sent(_ output: String, of answer: String, in body: String) throws -> String {
    let taken = try VariableTaking.take(
      [VariableBinding(name: "v", value: try VariableExpression(parsing: output))], declared: [], hosts: .any,
      in: try VariableTakingTests.answer(answer))
    return try filled(body, Dictionary(taken.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
  }

  private static func filled(_ body: String, _ variables: [String: LabeledText]) throws -> String {
    var scope = try Samples.scope(variables)
    scope.publicURL = "https://desk.example"
    let text = try TemplateFilling.json(try JSONTemplate(parsing: body), in: scope).text
    return String(decoding: text.bytes, as: UTF8.self)
  }

  private static let chat =
    #"{"choices":[{"message":{"content":"{\"html_response\":\"<b>\\\"x\\\"</b>\",\"n\":[3]}"}}]}"#

  struct Way: CustomTestStringConvertible {
    let output: String
    let answer: String
    let body: String
    let sent: String
    var testDescription: String { "\(output) in \(body)" }
  }

  private static func way(_ output: String, _ answer: String, _ body: String, _ sent: String) -> Way {
    Way(output: output, answer: answer, body: body, sent: sent)
  }

  @Test(
    "A path leads where the vendor's does, and its value stands whole wherever it is put",
    arguments: [
      // Bare, as an output row has it, and in brackets, as a mapping row has it; quotes belong to the place.
      way("response^name", #"{"name":"a \"b\""}"#, #"{"t": <<v>>}"#, #"{"t": "a \"b\""}"#),
      way("response^name!", #"{"name":"a \"b\""}"#, #"{"t": <<v>>}"#, #"{"t": "a \"b\""}"#),
      way("<<response^name!>>", #"{"name":"a \"b\""}"#, #"{"t": "<<v>>"}"#, #"{"t": "a \"b\""}"#),
      way("response^name", #"{"name":"a \"b\""}"#, #"{"t": "<<v!>>"}"#, #"{"t": "a \"b\""}"#),
      way("response^name", #"{"name":"x"}"#, #"{"t": "HaloPSA-<<v>>"}"#, #"{"t": "HaloPSA-x"}"#),
      // Numbers keep their text, with `!` or without, quoted or not.
      way("response^id!", #"{"id":1e3}"#, #"{"t": <<v>>}"#, #"{"t": 1e3}"#),
      way("response^id!", #"{"id":7.10}"#, #"{"t": "<<v!>>"}"#, #"{"t": "7.10"}"#),
      way("response^id", #"{"id":"12"}"#, #"{"t": <<v!>>}"#, #"{"t": 12}"#),
      // Whole arrays and objects, in their order.
      way("response^actions", #"{"actions":[{"b":1,"a":2}]}"#, #"{"t": <<v>>}"#, #"{"t": [{"b":1,"a":2}]}"#),
      way("response", #"{"b":1,"a":[2]}"#, #"{"t": <<v>>}"#, #"{"t": {"b":1,"a":[2]}}"#),
      way("response", #"{"b":"x"}"#, #"{"t": "<<v>>"}"#, #"{"t": "{\"b\":\"x\"}"}"#),
      // Rows of a query, and the object of an array that has a value; a number is compared as text.
      way("response[0]^Notes!", #"[{"Notes":"n"},{"Notes":"m"}]"#, #"{"t": <<v>>}"#, #"{"t": "n"}"#),
      way(
        "response^customfields[id=203]^value!", #"{"customfields":[{"id":1,"value":"a"},{"id":203,"value":"b"}]}"#,
        #"{"t": <<v>>}"#, #"{"t": "b"}"#),
      way(
        "response^customfields[id=203]^value!", #"{"customfields":[{"id":"203","value":"c"}]}"#, #"{"t": <<v>>}"#,
        #"{"t": "c"}"#),
      // Through a string that holds JSON.
      way(
        "response^choices[0]^message^content^html_response!", chat, #"{"t": "<<v>>"}"#, #"{"t": "<b>\"x\"</b>"}"#),
      way("response^choices[0]^message^content^n[0]", chat, #"{"t": <<v>>}"#, #"{"t": 3}"#),
      way("response^note[0]^Lid!", #"{"note":"[{\"Lid\":5}]"}"#, #"{"t": <<v>>}"#, #"{"t": 5}"#),
      // By the only member of that name, whatever its case.
      way("response^LManufacturer!", #"{"lmanufacturer":"m"}"#, #"{"t": <<v>>}"#, #"{"t": "m"}"#),
    ])
  func ways(way: Way) throws {
    #expect(try Self.sent(way.output, of: way.answer, in: way.body) == way.sent)
  }

  @Test("The built-in address is there, also inside a text")
  func builtIn() throws {
    #expect(try Self.filled(#"{"u": "<<halo_url>>/tickets"}"#, [:]) == #"{"u": "https://desk.example/tickets"}"#)
    #expect(
      try Self.filled(#"{"u": <<halo_url!>>}"#.replacing("!", with: ""), [:]) == #"{"u": "https://desk.example"}"#)
  }

  @Test(
    "What leads nowhere, to two places, or out of JSON fails, and is never passed on",
    arguments: [
      ("response^nobody", #"{"n":1}"#, #"{"t": <<v>>}"#), ("response[3]", "[1]", #"{"t": <<v>>}"#),
      ("response[id=9]^a", #"[{"id":1}]"#, #"{"t": <<v>>}"#), ("response^a^b", #"{"a":"no JSON"}"#, #"{"t": <<v>>}"#),
      ("response^NAME", #"{"name":1,"Name":2}"#, #"{"t": <<v>>}"#),
      // What pasting would have made of it.
      ("response^a", #"{"a":"1, \"admin\": true"}"#, #"{"t": <<v!>>}"#), ("response^a", #"{"a":1}"#, #"{"t": <<w>>}"#),
    ])
  func refused(output: String, answer: String, body: String) {
    #expect(throws: ValueFault.self) { try Self.sent(output, of: answer, in: body) }
  }
}
