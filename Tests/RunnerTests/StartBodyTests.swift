import Testing

@testable import Runner

@Suite("StartBody")
struct StartBodyTests {
  static func read(_ body: String, as type: String? = nil) throws -> StartBody {
    try StartBody.read(Array(body.utf8), contentType: type.map { Array($0.utf8) })
  }

  @Test("No bytes are no body, whatever their type", arguments: [nil, "application/json", "text/plain"])
  func empty(type: String?) throws {
    guard case .none = try Self.read("", as: type) else {
      Issue.record("there is a body")
      return
    }
  }

  @Test(
    "JSON is read under any type but that of a form", arguments: [nil, "application/json", "text/plain; charset=utf-8"])
  func json(type: String?) throws {
    guard case .json(let bytes) = try Self.read("{\"a\":[1]}", as: type) else {
      Issue.record("it is no JSON")
      return
    }
    #expect(bytes == Array("{\"a\":[1]}".utf8))
  }

  @Test("A form is its pairs in order, in any spelling of its type")
  func form() throws {
    for type in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-URLEncoded ; charset=UTF-8"] {
      guard case .form(let pairs) = try Self.read("a=1&b=x+y&a=%C3%A9", as: type) else {
        Issue.record("it is no form")
        return
      }
      #expect(pairs.map { String(decoding: $0.name, as: UTF8.self) } == ["a", "b", "a"])
      #expect(pairs.map { String(decoding: $0.value, as: UTF8.self) } == ["1", "x y", "é"])
    }
  }

  @Test(
    "What is not one JSON value read in one way is refused with its place, and without its content",
    arguments: [
      ("{\"secretkey\":1,\"secretkey\":2}", "1:16"), ("{\"a\":1} x", "1:9"), ("a=secret", "1:1"), ("{\"a\":", "1:6"),
      (String(repeating: "[", count: 65), "1:65"), ("[\"\\ud800\"]", "1:3"),
    ])
  func refused(body: String, place: String) {
    let refusal = #expect(throws: StartBody.Refusal.self) { try Self.read(body, as: "application/json") }
    #expect(refusal?.sentence.contains(place) == true, "\(refusal?.sentence ?? "")")
    #expect(refusal?.sentence.contains("secret") == false)
  }

  @Test("Bytes that are no UTF-8 are refused, as JSON and in a form")
  func notUTF8() {
    #expect(throws: StartBody.Refusal.self) { try StartBody.read([0x22, 0xFF, 0x22], contentType: nil) }
    for body in ["a=%FF", "%FF=a", "a=%zz"] {
      #expect(throws: StartBody.Refusal.self) { try Self.read(body, as: "application/x-www-form-urlencoded") }
    }
  }
}
