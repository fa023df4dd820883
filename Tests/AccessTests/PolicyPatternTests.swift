import Access
import Testing

@Suite("PolicyPattern")
struct PolicyPatternTests {
  @Test(
    "Exact patterns, trailing stars and + segments match as Vault's do",
    arguments: [
      ("v1/kv/data/app", "v1/kv/data/app", true), ("v1/kv/data/app", "v1/kv/data/app2", false),
      ("v1/kv/data/app", "v1/kv/data/App", false),
      ("v1/kv/data/*", "v1/kv/data/app", true), ("v1/kv/data/*", "v1/kv/data/app/db", true),
      ("v1/kv/data/*", "v1/kv/data", false), ("v1/kv/data*", "v1/kv/data", true),
      ("v1/kv/data/a*", "v1/kv/data/app/db", true), ("v1/kv/data/a*", "v1/kv/data/bapp", false),
      ("v1/kv/+/app", "v1/kv/data/app", true), ("v1/kv/+/app", "v1/kv/data/x/app", false),
      ("v1/kv/+/app", "v1/kv/app", false), ("v1/kv/+", "v1/kv/data", true), ("v1/kv/+", "v1/kv/data/app", false),
      ("+/kv/data/app", "v1/kv/data/app", true), ("v1/+/+/app", "v1/kv/data/app", true),
      ("v1/+/data/*", "v1/kv/data/a/b", true), ("v1/+/data/*", "v1/kv/data", false),
      ("v1/+/data/a*", "v1/kv/data/ab", true), ("v1/+/data/a*", "v1/kv/data/ba", false),
      ("*", "api/runs", true), ("+/*", "api/runs", true), ("+/*", "api", false), ("v*", "v1/kv", true),
      ("v*", "api/x", false),
      ("v1/kv/data/a+b", "v1/kv/data/a+b", true), ("v1/kv/data/a+b", "v1/kv/data/axb", false),
    ])
  func matching(_ pattern: String, _ path: String, _ expected: Bool) throws {
    #expect(try PolicyPattern(pattern).matches(try AccessPath(path), isListing: false) == expected)
  }

  @Test(
    "A listing is matched with and without a slash at its end, another request without only",
    arguments: [
      ("v1/kv/metadata/app", true, true), ("v1/kv/metadata/app/", true, false), ("v1/kv/metadata/app/*", true, false),
      ("v1/kv/metadata/+", true, true), ("v1/kv/metadata/+/", true, false), ("v1/kv/metadata/+/+", true, false),
      ("v1/kv/metadata/app//", false, false),
    ])
  func listing(_ text: String, _ whenListing: Bool, _ otherwise: Bool) throws {
    guard let pattern = try? PolicyPattern(text) else {
      #expect(!whenListing && !otherwise)
      return
    }
    let path = try AccessPath("v1/kv/metadata/app")
    #expect(pattern.matches(path, isListing: true) == whenListing)
    #expect(pattern.matches(path, isListing: false) == otherwise)
  }

  @Test(
    "What could never match, or reads as something that it is not, is no pattern",
    arguments: [
      ("", PatternFault.empty), ("/v1/kv", .leadingSlash), ("v1//kv", .emptySegment), ("v1/kv/../x", .dotSegment),
      ("v1/./kv", .dotSegment), ("v1/*/data", .starNotLast), ("v1/k*v", .starNotLast), ("v1/**", .starNotLast),
      ("v1/+*", .plusStar), ("v1/a+*", .plusStar), ("v1/kv/{{identity.entity.id}}/*", .template),
      ("secret/*", .unknownRoot), ("v2/kv", .unknownRoot), ("v1", .unknownRoot), ("v1x*", .unknownRoot),
      ("V1/kv", .unknownRoot), ("v1/kv\n", .controlCharacter),
    ])
  func refused(_ text: String, _ fault: PatternFault) {
    #expect(throws: fault) { try PolicyPattern(text) }
    #expect(!fault.message.isEmpty && !fault.remedy.isEmpty)
  }

  @Test("A star may follow dots, which are then the start of a name")
  func dotsBeforeStar() throws {
    #expect(try PolicyPattern("v1/kv/data/.*").matches(try AccessPath("v1/kv/data/.hidden"), isListing: false))
  }

  @Test("Length and segments of a pattern are bounded like a path's")
  func bounds() {
    let tooLong = "v1/" + String(repeating: "a", count: 1022)
    #expect(throws: PatternFault.tooLong(bytes: 1025)) { try PolicyPattern(tooLong) }
    let tooDeep = "v1/" + Array(repeating: "a", count: 64).joined(separator: "/")
    #expect(throws: PatternFault.tooManySegments) { try PolicyPattern(tooDeep) }
  }
}
