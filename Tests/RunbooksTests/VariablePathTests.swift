import Encodings
import Labels
import TestSupport
import Testing

@testable import Runbooks

@Suite("Variable paths")
struct VariablePathTests {
  @Test(
    "A path reads into its root and steps",
    arguments: [
      ("status", "status", [], false),
      ("response^choices[0]^text!", "response", [.member("choices"), .index(0), .member("text")], true),
      ("response[0]^Notes!", "response", [.index(0), .member("Notes")], true),
      (
        "response^customfields[id=203]^value!", "response",
        [.member("customfields"), .first(property: "id", equals: "203"), .member("value")], true
      ),
      ("request_headers^X-Request-Id", "request_headers", [.member("X-Request-Id")], false),
      ("response^x[name=]", "response", [.member("x"), .first(property: "name", equals: "")], false),
      ("response^x[a=b=c]", "response", [.member("x"), .first(property: "a", equals: "b=c")], false),
      ("Ticket Id!", "Ticket Id", [], true),
      ("größe^länge", "größe", [.member("länge")], false),
    ] as [(String, String, [ValuePath.Step], Bool)])
  func paths(text: String, root: String, steps: [ValuePath.Step], isBare: Bool) throws {
    let path = try VariablePath(parsing: text)
    #expect(path.root == root)
    #expect(path.path.steps == steps)
    #expect(path.isBare == isBare)
    #expect(path.text == text)
  }

  @Test(
    "A text that is no path is refused with its place",
    arguments: [
      ("", .empty),
      ("!", .noRoot),
      ("^child", .noRoot),
      ("[0]", .noRoot),
      (" name", .outerSpace),
      ("name ", .outerSpace),
      ("a!b", .malformed(offset: 1)),
      ("a!!", .malformed(offset: 1)),
      ("a^", .malformed(offset: 2)),
      ("a^^b", .malformed(offset: 2)),
      ("a[", .malformed(offset: 1)),
      ("a[]", .malformed(offset: 1)),
      ("a[01]", .malformed(offset: 1)),
      ("a[-1]", .malformed(offset: 2)),
      ("a[+1]", .malformed(offset: 2)),
      ("a[x]", .malformed(offset: 2)),
      ("a[=b]", .malformed(offset: 2)),
      ("a[99999999999999999999]", .malformed(offset: 2)),
      ("a]b", .malformed(offset: 1)),
      ("a<b", .malformed(offset: 1)),
      ("a\"b", .malformed(offset: 1)),
      ("a\\b", .malformed(offset: 1)),
      ("a\nb", .malformed(offset: 1)),
      ("a^b\u{0}", .malformed(offset: 3)),
    ] as [(String, VariablePathFault)])
  func faults(text: String, fault: VariablePathFault) {
    #expect(throws: fault) { try VariablePath(parsing: text) }
  }

  @Test("A path is bounded in bytes and in steps")
  func bounds() throws {
    let longest = "r" + String(repeating: "^a", count: VariablePath.maximumSteps)
    #expect(try VariablePath(parsing: longest).path.steps.count == VariablePath.maximumSteps)
    #expect(throws: VariablePathFault.tooLong) { try VariablePath(parsing: longest + "^a") }
    #expect(throws: VariablePathFault.tooLong) {
      try VariablePath(parsing: String(repeating: "a", count: VariablePath.maximumBytes + 1))
    }
  }

  @Test("Reserved roots are told from variables")
  func roots() {
    #expect(RootKind(rootName: "response").isOfAnswer)
    #expect(RootKind(rootName: "request_query").isOfRequest)
    #expect(RootKind(rootName: "ticket") == .record("ticket"))
    #expect(RootKind(rootName: "halo_url") == .builtIn("halo_url"))
    #expect(RootKind(rootName: "Response") == .variable("Response"))
    #expect(RootKind.isReserved("failure"))
    #expect(!RootKind.isReserved("severity"))
  }

  @Test("Naughty strings never trap, and what is accepted reads back to itself")
  func naughtyStrings() throws {
    let tape = try Vectors.json("naughty-strings/blns.json")
    let strings = tape.children(tape.root).compactMap(tape.string)
    #expect(strings.count > 500)
    for text in strings {
      for candidate in [text, "response^\(text)", "response[\(text)]", "response[a=\(text)]!"] {
        guard let path = try? VariablePath(parsing: candidate) else { continue }
        #expect(path.text.utf8.elementsEqual(candidate.utf8))
        #expect(try VariablePath(parsing: path.text) == path)
      }
      _ = try? Template(parsing: text)
      _ = try? JSONTemplate(parsing: text)
    }
  }
}
