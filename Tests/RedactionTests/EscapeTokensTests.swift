import Testing

@testable import Redaction

@Suite("Escapes")
struct EscapeTokensTests {
  private static func undone(_ text: String) -> String? {
    EscapeTokens.undone(Array(text.utf8), families: Set(EscapeTokens.Family.allCases)).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test(
    "Each escape stands for its character",
    arguments: [
      ("%41", "A"), ("%c3%A9", "é"), ("%2541", "%41"), ("\\\"", "\""), ("\\\\", "\\"), ("\\/", "/"), ("\\b", "\u{8}"),
      ("\\f", "\u{C}"), ("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("\\u0041", "A"), ("\\u00E9", "é"),
      ("\\u20ac", "€"), ("\\ud83d\\ude00", "😀"), ("\\x41", "A"), ("\\'", "'"), ("\\$", "$"), ("\\ ", " "),
      ("\\_", "_"), ("\\%", "%"), ("\\&", "&"), ("&amp;", "&"), ("&LT;", "<"), ("&quot;", "\""), ("&apos;", "'"),
      ("&UnderBar;", "_"), ("&#65;", "A"), ("&#x41;", "A"), ("&#X41;", "A"), ("&#0000065;", "A"), ("&#233;", "é"),
      ("&#x1F600;", "😀"), ("\\%41", "\\A"), ("\\&amp;", "\\&"), ("\\\\u0041", "\\u0041"),
    ])
  func known(text: String, meaning: String) {
    #expect(Self.undone(text) == meaning)
    #expect(Self.undone("x\(text)y") == "x\(meaning)y")
  }

  @Test(
    "What is no escape stays",
    arguments: [
      "%", "%4", "%4g", "%g4", "\\", "\\q", "\\u004", "\\u00g1", "\\ud83d", "\\ud83dx", "\\ude00", "\\ud83d\\u0041x",
      "\\x4", "\\é", "&", "&;", "&amp", "&unknown;", "&toolongname;", "&#;", "&#x;", "&#00000065;", "&#xD800;",
      "&#x110000;", "&#12a;", "&&", "plain",
    ])
  func none(text: String) {
    // The last case of a lone surrogate holds an escape behind it; the surrogate itself stays.
    if text == "\\ud83d\\u0041x" {
      #expect(Self.undone(text) == "\\ud83dAx")
    } else {
      #expect(Self.undone(text) == nil)
    }
  }

  @Test("Only the families asked for are undone")
  func families() {
    let text = Array("%41\\u0042&#67;".utf8)
    #expect(EscapeTokens.undone(text, families: [.percent]) == Array("A\\u0042&#67;".utf8))
    #expect(EscapeTokens.undone(text, families: [.backslash]) == Array("%41B&#67;".utf8))
    #expect(EscapeTokens.undone(text, families: [.reference]) == Array("%41\\u0042C".utf8))
    #expect(EscapeTokens.undone(text, families: []) == nil)
  }

  @Test("A secret that holds escapes itself is found raw, escaped once more, and with its escapes undone")
  func secretsWithEscapes() throws {
    let secret = "sig=%2Bab%3D&amp;x\\n9Qk7"
    var builder = MatcherBuilder()
    _ = try builder.add(secret.utf8, name: SecretName("sas", pseudonym: "0000")).get()
    let matcher = builder.build()
    for form in SecretForms.forms(of: secret.utf8) {
      #expect(matcher.redact(Array("(".utf8) + form.bytes + Array(")".utf8)).text == "(‹sas·0000›)", "\(form.kind)")
    }
    #expect(matcher.redact("(sig=+ab=&amp;x\\n9Qk7)").text == "(‹sas·0000›)")
    #expect(matcher.redact("(sig=+ab=&x\n9Qk7)").text == "(‹sas·0000›)")
  }
}
