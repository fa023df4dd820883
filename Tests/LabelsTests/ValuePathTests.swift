import Testing

@testable import Labels

@Suite("ValuePath")
struct ValuePathTests {
  @Test(
    "A path reads its steps and writes them back as they were",
    arguments: ["", "!", "^a", "^choices[0]^text!", "[12]", "[id=203]^value!", "^a b-c.d^é", "[k=v=w]", "[k=]"])
  func roundTrip(text: String) throws {
    #expect(try ValuePath(parsing: text).description == text)
  }

  @Test("The three kinds of steps are told apart")
  func steps() throws {
    let path = try ValuePath(parsing: "^rows[3][id=203]^value!")
    #expect(path.steps == [.member("rows"), .index(3), .first(property: "id", equals: "203"), .member("value")])
    #expect(path.isBare)
    #expect(!(try ValuePath(parsing: "^rows")).isBare)
  }

  @Test(
    "A malformed path is refused with the place of the fault",
    arguments: [
      ("a", 0), ("^", 1), ("^a^", 3), ("^a[", 2), ("[]", 0), ("[1", 0), ("[x]", 1), ("[-1]", 1), ("[=v]", 1),
      ("^a]b", 2), ("^a!b", 2), ("^a\u{7}", 2), ("[99999999999999999999]", 1), ("[a\u{1}=b]", 2),
    ])
  func malformed(text: String, offset: Int) {
    #expect(throws: ValueFault.pathSyntax(offset: offset)) { try ValuePath(parsing: text) }
  }

  @Test("A path longer than the limit is refused")
  func tooLong() {
    let text = "^" + String(repeating: "a", count: ValuePath.maximumBytes)
    #expect(throws: ValueFault.pathSyntax(offset: ValuePath.maximumBytes)) { try ValuePath(parsing: text) }
  }
}
