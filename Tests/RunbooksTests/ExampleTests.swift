import Testing

@testable import Runbooks

@Suite("The documents of Examples/")
struct ExampleTests {
  @Test(
    "Every native example is read without an error",
    arguments: [
      ["demo/identity.yaml", "demo/tickets.yaml", "demo/open-incident.yaml"], ["ask-openai.yaml"],
      ["rotate-webhook.yaml"],
    ])
  func nativeExamples(names: [String]) throws {
    let read = Documents.read(try names.map(Documents.example), options: CheckOptions(schemes: ["github"]))
    let found = read.faults.filter { !$0.code.isAdvice && $0.severity != .note }
    // The hook's number comes with the encrypted request and stands in two URLs, as the example says.
    #expect(found.map(\.code) == (names == ["rotate-webhook.yaml"] ? [.secretInURL, .secretInURL] : []))
    #expect(read.sealed.isEmpty)
    #expect(read.runbooks.count == 1)
  }
}
