import Encodings
import TestSupport
import Testing

@Suite struct Base32Tests {
  @Test(
    "RFC 4648 §10",
    arguments: [
      ("", ""), ("f", "MY======"), ("fo", "MZXQ===="), ("foo", "MZXW6==="), ("foob", "MZXW6YQ="), ("fooba", "MZXW6YTB"),
      ("foobar", "MZXW6YTBOI======"),
    ])
  func rfc(text: String, encoded: String) {
    #expect(Base32.encode(Array(text.utf8), padded: true) == encoded)
    #expect(Base32.decode(encoded) == Array(text.utf8))
    #expect(Base32.decode(String(encoded.prefix { $0 != "=" }), allowPadding: false) == Array(text.utf8))
  }

  @Test("Identifiers in Crockford's alphabet come back and sort as their bytes do")
  func crockford() {
    var random = SeededRandom(seed: 32)
    let identifiers = (0..<200).map { _ in random.bytes(16) }
    for identifier in identifiers {
      let text = Base32.encode(identifier, alphabet: .crockford)
      #expect(text.utf8.count == 26)
      #expect(!text.contains { "ilouILOU".contains($0) })
      #expect(Base32.decode(text, alphabet: .crockford) == identifier)
    }
    let byBytes = identifiers.sorted { $0.lexicographicallyPrecedes($1) }
    let byText = identifiers.sorted {
      Base32.encode($0, alphabet: .crockford) < Base32.encode($1, alphabet: .crockford)
    }
    #expect(byBytes == byText)
  }

  @Test(
    "Neighbours of good text are refused",
    arguments: ["M", "MZX", "MZXW6Y", "MZ", "my", "M1", "MY=", "MY=====", "MY=======", "========", "MY======MY======"])
  func refused(text: String) {
    #expect(Base32.decode(text) == nil)
  }

  @Test("Crockford's look-alikes and upper case are refused", arguments: ["0i", "0l", "0o", "0u", "0A", "04="])
  func lookAlikes(text: String) {
    #expect(Base32.decode(text, alphabet: .crockford) == nil)
  }
}
