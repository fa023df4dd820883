import TestSupport
import Testing

@testable import Redaction

@Suite("Registering secrets")
struct MatcherBuilderTests {
  private static let name = SecretName("token", pseudonym: "k7f2")

  private func refusal(_ secret: String, name: SecretName = name, weak: WeakSecretRule = .refuse) -> SecretRefusal? {
    var builder = MatcherBuilder()
    switch builder.add(secret.utf8, name: name, weak: weak) {
    case .success: return nil
    case .failure(let refusal):
      #expect(builder.count == 0)
      return refusal
    }
  }

  @Test("What cannot be masked is refused with the reason")
  func refused() {
    #expect(refusal("") == .empty)
    #expect(refusal(" \t\r\n ") == .blank)
    #expect(refusal("k7Zq2Wx") == .tooShort(bytes: 7, minimum: 8))
    #expect(refusal("  k7Zq2Wx\n") == .tooShort(bytes: 7, minimum: 8))
    #expect(refusal("k7\nZq\nWx") == .tooShort(bytes: 6, minimum: 8))
    #expect(refusal("password") == .lowEntropy(bits: 17, minimum: 28))
    #expect(refusal("P@ssw0rd") == .common)
    #expect(refusal("k7Zq2Wx9", name: SecretName("old-K7zq2wX9-key", pseudonym: "k7f2")) == .nameShowsSecret)
    #expect(refusal(String(repeating: "k7Zq2Wx9", count: 131_073)) == .tooLong(bytes: 1_048_584, maximum: 1 << 20))
    #expect(refusal("k7Zq2Wx9") == nil)
  }

  @Test("Weak secrets are matched at token borders where that is asked for, the weakest never")
  func borderOnly() {
    #expect(refusal("password", weak: .borderOnly) == nil)
    #expect(refusal("pin7", weak: .borderOnly) == nil)
    #expect(refusal("pin", weak: .borderOnly) == .tooShort(bytes: 3, minimum: 8))
    #expect(refusal("", weak: .borderOnly) == .empty)
    #expect(refusal(" ", weak: .borderOnly) == .blank)
  }

  @Test("Every refusal says what to do and shows no value")
  func sentences() {
    let all: [SecretRefusal] = [
      .empty, .blank, .tooShort(bytes: 3, minimum: 8), .lowEntropy(bits: 3, minimum: 28), .common,
      .tooLong(bytes: 9, maximum: 8), .tooManySecrets(maximum: 4), .nameShowsSecret,
    ]
    #expect(Set(all.map(\.sentence)).count == all.count)
  }

  @Test("A matcher that is full refuses more")
  func full() throws {
    var limits = RedactionLimits.standard
    limits.maximumSecrets = 1
    var builder = MatcherBuilder(limits: limits)
    _ = try builder.add("k7Zq2Wx9".utf8, name: Self.name).get()
    #expect(builder.add("Lm4Rv8Tb".utf8, name: Self.name) == .failure(.tooManySecrets(maximum: 1)))
    limits.maximumSecrets = 10
    limits.maximumFormBytes = 8
    builder = MatcherBuilder(limits: limits)
    _ = try builder.add("k7Zq2Wx9".utf8, name: Self.name).get()
    #expect(builder.add("Lm4Rv8Tb".utf8, name: Self.name) == .failure(.tooManySecrets(maximum: 10)))
  }

  @Test("At token borders means: no letter, digit or underscore touches it, in the text or in an escape of it")
  func borders() throws {
    var builder = MatcherBuilder()
    #expect(builder.add("pin7".utf8, name: Self.name, weak: .borderOnly) == .success(.borderOnly))
    let matcher = builder.build()
    for text in ["pin7", " pin7,", "=pin7&", "x\npin7", "pin7\nx", "\\npin7\\n", "%20pin7%20", "\"pin7\"", "é pin7 é"] {
      #expect(matcher.matches(in: Array(text.utf8)).count == 1, "\(text)")
    }
    for text in ["xpin7", "pin77", "_pin7", "pin7_", "PIN7", "pin", "706d6e37", "cGluNw==", "spinning7"] {
      #expect(matcher.matches(in: Array(text.utf8)).isEmpty, "\(text)")
    }
    var stream = RedactingStream(matcher)
    let output = "xpin7 pin7".utf8.reduce(into: [UInt8]()) { $0 += stream.push([$1]) } + stream.finish()
    #expect(String(decoding: output, as: UTF8.self) == "xpin7 ‹token·k7f2›")
  }

  @Test("One value under two names is masked by the first and counted for both")
  func twoNames() throws {
    var builder = MatcherBuilder()
    let other = SecretName("copy", pseudonym: "aaaa")
    _ = try builder.add("k7Zq2Wx9Tb".utf8, name: Self.name).get()
    _ = try builder.add("k7Zq2Wx9Tb".utf8, name: other).get()
    let result = builder.build().redact("k7Zq2Wx9Tb")
    #expect(result.text == "‹token·k7f2›")
    #expect(result.counts == [Self.name: 1])
    #expect(result.found == [Self.name, other])
  }

  @Test("A mask in which another secret is found gives way to a barer one")
  func maskHoldsSecret() throws {
    var builder = MatcherBuilder()
    let telling = SecretName("k7Zq2Wx9Tb", pseudonym: "aaaa")
    _ = try builder.add("Lm4Rv8TbQ1".utf8, name: telling).get()
    _ = try builder.add("k7Zq2Wx9Tb".utf8, name: Self.name).get()
    _ = try builder.add("token·k7f2".utf8, name: SecretName("odd", pseudonym: "bbbb")).get()
    let matcher = builder.build()
    let once = matcher.redact("a Lm4Rv8TbQ1 b k7Zq2Wx9Tb c token·k7f2 d")
    #expect(once.text == "a ‹secret·aaaa› b ‹secret·k7f2› c ‹odd·bbbb› d")
    #expect(matcher.redact(once.bytes).bytes == once.bytes)
  }

  @Test("Everything that holds secrets prints as a mask")
  func printing() throws {
    let secret = "k7Zq2Wx9TbLm4Rv8"
    var builder = MatcherBuilder()
    _ = try builder.add(secret.utf8, name: Self.name).get()
    let matcher = builder.build()
    var stream = RedactingStream(matcher)
    _ = stream.push(Array("half k7Zq2Wx9".utf8))
    let forms = SecretForms.forms(of: secret.utf8)
    var printed = "\(builder) \(matcher) \(stream) \(forms)" + String(reflecting: (builder, matcher, stream, forms))
    dump((builder, matcher, stream, forms), to: &printed)
    #expect(!printed.contains("k7Zq"))
    // An array of bytes would print as numbers.
    #expect(!printed.contains("107, 55"))
    #expect(printed.contains("SecretMatcher(masked)"))
  }
}
