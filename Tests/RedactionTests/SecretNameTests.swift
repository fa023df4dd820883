import TestSupport
import Testing

@testable import Redaction

@Suite("Names and masks")
struct SecretNameTests {
  @Test("A mask shows name and pseudonym and nothing else")
  func mask() {
    #expect(Mask.text(SecretName("api_token", pseudonym: "k7f2")) == "‹api_token·k7f2›")
  }

  @Test(
    "A name cannot imitate or break a mask",
    arguments: [
      ("a›b‹c·d", "a_b_c_d"), ("line\nbreak", "line_break"), ("tab\tand space", "tab_and_space"), ("", "secret"),
      ("\u{202E}evil", "_evil"), ("e\u{301}", "e_"), ("Schlüssel-ключ/鍵.v2:x^y", "Schlüssel-ключ/鍵.v2:x^y"),
      ("\u{1b}[31m", "__31m"), ("<script>", "_script_"),
    ])
  func harmless(given: String, kept: String) {
    #expect(SecretName(given, pseudonym: "k7f2").text == kept)
  }

  @Test("A long name is cut at a character and marked")
  func longName() {
    let name = SecretName(String(repeating: "ü", count: 100), pseudonym: "k7f2")
    #expect(name.text.utf8.count <= SecretName.maximumTextBytes)
    #expect(name.text.hasSuffix("ü~"))
    #expect(SecretName(String(repeating: "a", count: 47), pseudonym: "k7f2").text.utf8.count == 47)
    #expect(SecretName(String(repeating: "a", count: 48), pseudonym: "k7f2").text.utf8.count == 48)
  }

  @Test("A pseudonym has four characters whatever is given", arguments: ["", "a", "k7f2", "k7f2long", "K7‹2", "ä\n.."])
  func pseudonym(given: String) {
    let pseudonym = SecretName("x", pseudonym: given).pseudonym
    #expect(pseudonym.utf8.count == 4)
    #expect(pseudonym.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
  }

  @Test("A keyed hash spells a pseudonym of its first 20 bits")
  func keyedHash() {
    let name = SecretName("x", keyedHash: [0x00, 0x00, 0x00, 0xFF])
    #expect(name.pseudonym == "0000")
    #expect(SecretName("x", keyedHash: [0xFF, 0xFF, 0xFF]).pseudonym == "zzzz")
    #expect(SecretName("x", keyedHash: [1, 2, 3]) != SecretName("x", keyedHash: [1, 2, 4]))
    #expect(SecretName("x", keyedHash: []).pseudonym == "0000")
  }

  @Test("Masks of secrets of different lengths are equally wide")
  func width() throws {
    var widths: Set<Int> = []
    for count in [8, 40, 300, 3000] {
      var random = SeededRandom(seed: UInt64(count))
      let secret = TextSampler.secret(&random, count: count)
      var builder = MatcherBuilder()
      _ = try builder.add(secret, name: SecretName("token", pseudonym: "k7f2")).get()
      widths.insert(builder.build().redact(secret).bytes.count)
    }
    #expect(widths == ["‹token·k7f2›".utf8.count])
  }
}
