import Access
import Testing

@Suite("AccessPath")
struct AccessPathTests {
  @Test(
    "A path of the API is taken as it stands",
    arguments: [
      "v1/kv/data/app", "api/runs", "api/runs/01J9/log", "v1/kv/data/a:b", "v1/kv/data/a%2Fb", "v1/kv/data/é",
      "v1/kv/data/...",
    ])
  func sound(_ text: String) throws {
    #expect(try AccessPath(text).text == text)
    #expect("\(try AccessPath(text))" == text)
  }

  @Test(
    "A path that would need resolving is refused",
    arguments: [
      ("", PathFault.empty), ("/v1/kv", .leadingSlash), ("v1//kv", .emptySegment), ("v1/kv/", .emptySegment),
      ("v1/kv/../sys", .dotSegment), ("v1/./kv", .dotSegment), ("..", .dotSegment), ("v1/kv/..", .dotSegment),
      ("v1/%2e%2e/sys", .dotSegment), ("v1/%2E/sys", .dotSegment), ("v1/.%2e/sys", .dotSegment),
      ("v1/kv/a\u{0}b", .controlCharacter), ("v1/kv/a\nb", .controlCharacter), ("v1/\u{7F}", .controlCharacter),
    ])
  func refused(_ text: String, _ fault: PathFault) {
    #expect(throws: fault) { try AccessPath(text) }
  }

  @Test("One slash at the end of a listing is dropped, a second one is refused, and so is a lone slash")
  func listing() throws {
    #expect(try AccessPath("v1/kv/metadata/", isListing: true) == AccessPath("v1/kv/metadata", isListing: true))
    #expect(throws: PathFault.emptySegment) { try AccessPath("v1/kv//", isListing: true) }
    #expect(throws: PathFault.leadingSlash) { try AccessPath("/", isListing: true) }
  }

  @Test("Length and number of segments are bounded, the bounds included")
  func bounds() throws {
    let longest = "v1/" + String(repeating: "a", count: 1021)
    #expect(try AccessPath(longest).bytes.count == 1024)
    #expect(throws: PathFault.tooLong(bytes: 1025)) { try AccessPath(longest + "a") }
    let deepest = Array(repeating: "a", count: 64).joined(separator: "/")
    #expect(try AccessPath(deepest).text == deepest)
    #expect(throws: PathFault.tooManySegments) { try AccessPath(deepest + "/a") }
  }

  @Test("Two Unicode spellings of one letter are two paths, because stores compare bytes")
  func unicode() throws {
    let composed = try AccessPath("v1/kv/data/\u{E9}")
    let decomposed = try AccessPath("v1/kv/data/e\u{301}")
    #expect(composed.text == decomposed.text)
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
  }

  @Test("The message of a fault holds nothing of the path")
  func messages() {
    for fault: PathFault in [
      .empty, .tooLong(bytes: 2000), .tooManySegments, .leadingSlash, .emptySegment, .dotSegment, .controlCharacter,
    ] {
      #expect(fault.message.hasPrefix("the path "))
    }
  }
}
