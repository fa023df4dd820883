import Testing

@testable import Labels

@Suite("The shape of a value that is not shown")
struct ShapeTests {
  private static func shape(_ text: LabeledText, knowing secrets: [String] = []) -> String {
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    for secret in secrets { registry.learn(Samples.text(secret, Samples.stored)) }
    return DiscloseDoor.shape(text, view: registry.view()).text
  }

  @Test("Names and types are shown, the first element for all of an array, and no value")
  func names() throws {
    let text = try Samples.json(
      #"{"id":17,"name":"s3cr3t","ok":true,"none":null,"list":[{"a":"x"},{"b":1}],"empty":[]}"#, Samples.response)
    #expect(
      Self.shape(text)
        == #"{"id":"number","name":"string","ok":"boolean","none":"null","list":[{"a":"string"}],"empty":[]}"#)
  }

  @Test("A name that holds a known secret is not shown; nor is a long one")
  func hidden() throws {
    let long = String(repeating: "n", count: 65)
    let text = try Samples.json(#"{"\#(Samples.secret)":1,"b":2,"\#(long)":3}"#, Samples.response)
    #expect(Self.shape(text, knowing: [Samples.secret]) == #"{"(name 1)":"number","b":"number","(name 3)":"number"}"#)
  }

  @Test("What is no JSON is a text, and what is deep or wide is cut")
  func bounded() throws {
    #expect(Self.shape(Samples.text("hello", Samples.response)) == #""text""#)
    let deep = String(repeating: #"{"a":"#, count: 20) + "1" + String(repeating: "}", count: 20)
    let shape = Self.shape(try Samples.json(deep, Samples.response))
    #expect(shape.filter { $0 == "{" }.count == 8)
    #expect(shape.contains(#""object""#))
    let wide = "{" + (0..<100).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
    #expect(Self.shape(try Samples.json(wide, Samples.response)).contains("k63"))
    #expect(!Self.shape(try Samples.json(wide, Samples.response)).contains("k64"))
  }
}
