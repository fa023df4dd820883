import Encodings
import TestSupport
import Testing

@Suite struct FormEncodingTests {
  @Test("Pairs of all naughty strings come back in order")
  func roundTrip() throws {
    let strings = try NaughtyStrings.load()
    let pairs = zip(strings, strings.reversed()).map { (name: $0, value: $1) }
    let decoded = try #require(FormEncoding.decode(FormEncoding.encode(pairs)))
    #expect(decoded.map(\.name) == pairs.map(\.name))
    #expect(decoded.map(\.value) == pairs.map(\.value))
  }

  @Test(
    "Bodies are taken apart as the standard says",
    arguments: [
      ("", []), ("&&", []), ("a", ["a", ""]), ("a=", ["a", ""]), ("=b", ["", "b"]), ("=", ["", ""]),
      ("a=b=c", ["a", "b=c"]), ("a=1&a=2", ["a", "1", "a", "2"]), ("a+b=%26%3D", ["a b", "&="]),
    ] as [(String, [String])])
  func decoding(body: String, expected: [String]) throws {
    let pairs = try #require(FormEncoding.decode(body.utf8))
    #expect(pairs.flatMap { [$0.name, $0.value] }.map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test("A broken escape refuses the whole body", arguments: ["a=%", "%zz=1", "a=1&b=%2"])
  func broken(body: String) {
    #expect(FormEncoding.decode(body.utf8) == nil)
  }

  @Test("No pairs are an empty body")
  func empty() {
    #expect(FormEncoding.encode([]).isEmpty)
  }
}
