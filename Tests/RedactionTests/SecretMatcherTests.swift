import TestSupport
import Testing

@testable import Redaction

@Suite("Finding and masking")
struct SecretMatcherTests {
  private static func matcher(_ secrets: [String], limits: RedactionLimits = OracleTests.limits) throws -> SecretMatcher
  {
    var builder = MatcherBuilder(limits: limits)
    for (index, secret) in secrets.enumerated() {
      _ = try builder.add(secret.utf8, name: SecretName("s\(index)", pseudonym: "0000")).get()
    }
    return builder.build()
  }

  private static func streamed(_ matcher: SecretMatcher, _ text: String) -> String {
    var stream = RedactingStream(matcher)
    let output = text.utf8.reduce(into: [UInt8]()) { $0 += stream.push([$1]) } + stream.finish()
    return String(decoding: output, as: UTF8.self)
  }

  @Test(
    "Overlapping, nested and self-overlapping secrets: nothing readable remains, and nothing changes its order",
    arguments: [
      (["xoxoxb-123"], "=xoxoxoxb-123;", "=xo‹s0·0000›;"),
      (["aab12346"], "aaab12346", "a‹s0·0000›"),
      (["abcq1234", "1234efgh5678"], "abcq1234efgh5678", "‹s0·0000›"),
      (["abcdq123", "abcdq12345678"], "abcdq12345678 abcdq1234", "‹s1·0000› ‹s0·0000›4"),
      (["q1234567", "xxq1234567xx"], "xxq1234567xx q1234567", "‹s1·0000› ‹s0·0000›"),
      (["abababab"], "xabababababababay", "x‹s0·0000›ay"),
      (["k7Zq2Wx9"], "k7Zq2Wx9k7Zq2Wx9", "‹s0·0000›‹s0·0000›"),
      (["k7Zq2Wx9"], "k7Zq2Wxk7Zq2Wx9k7Zq2Wx", "k7Zq2Wx‹s0·0000›k7Zq2Wx"),
      (["k7Zq2Wx9"], "", ""),
      ([], "nothing is known", "nothing is known"),
    ] as [([String], String, String)])
  func overlaps(secrets: [String], text: String, expected: String) throws {
    let matcher = try Self.matcher(secrets)
    #expect(matcher.redact(text).text == expected)
    #expect(Self.streamed(matcher, text) == expected)
  }

  @Test("A merged place names the secret that begins first and lists the others")
  func merged() throws {
    let matcher = try Self.matcher(["abcq1234", "1234efgh5678"])
    let matches = matcher.matches(in: Array("..abcq1234efgh5678..".utf8))
    #expect(
      matches == [
        SecretMatch(
          range: 2..<18, name: SecretName("s0", pseudonym: "0000"), kind: .raw,
          alsoCovers: [SecretName("s1", pseudonym: "0000")])
      ])
    #expect(matcher.containsAny(Array("..abcq1234efgh5678..".utf8)).count == 2)
    #expect(matcher.containsAny(Array("nothing".utf8)).isEmpty)
  }

  @Test("Ranges of a slice are indices of the slice")
  func slices() throws {
    let matcher = try Self.matcher(["k7Zq2Wx9"])
    let text = Array("k7Zq2Wx9 and k7Zq2Wx9".utf8)
    #expect(matcher.matches(in: text[5...]).map(\.range) == [13..<21])
  }

  @Test("Bytes that are no UTF-8 pass unchanged")
  func invalidText() throws {
    let matcher = try Self.matcher(["k7Zq2Wx9"])
    var random = SeededRandom(seed: 1)
    let noise: [UInt8] = [0xFF, 0xFE, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0x00] + random.bytes(500)
    #expect(matcher.redact(noise).bytes == noise)
    #expect(matcher.redact(noise + Array("k7Zq2Wx9".utf8) + noise).bytes == noise + Array("‹s0·0000›".utf8) + noise)
  }

  @Test("A secret of any bytes is found")
  func binarySecrets() throws {
    for seed in 0..<100 {
      var random = SeededRandom(seed: UInt64(seed))
      let secret = random.bytes(random.number(in: 16...48))
      var builder = MatcherBuilder()
      _ = try builder.add(secret, name: SecretName("key", pseudonym: "0000")).get()
      let core = SecretForms.trimmed(secret)
      #expect(builder.build().redact([0x41] + core + [0x42]).text == "A‹key·0000›B", "seed \(seed)")
    }
  }

  @Test("Redacting twice changes nothing, and masks are left alone")
  func idempotent() throws {
    let secrets = ["k7Zq2Wx9TbLm4Rv8", "p\"a/s\\s&w%o<r>d'1", "line one\nline two"]
    let matcher = try Self.matcher(secrets)
    for seed in 0..<60 {
      var sampler = TextSampler(seed: UInt64(seed), secrets: secrets.map { Array($0.utf8) })
      let once = matcher.redact(sampler.text(400)).bytes
      #expect(matcher.redact(once).bytes == once, "seed \(seed)")
    }
  }

  @Test("In ordinary text nothing is found, whatever the number of secrets")
  func falsePositives() throws {
    var random = SeededRandom(seed: 5)
    var builder = MatcherBuilder()
    for index in 0..<500 {
      let secret = TextSampler.secret(&random, count: random.number(in: 8...40), printable: index.isMultiple(of: 3))
      _ = builder.add(secret, name: SecretName("s", pseudonym: "0000"), weak: .borderOnly)
    }
    let matcher = builder.build()
    #expect(matcher.count == 500)
    let words = "request worker started finished payment deploy node lease commit timeout retry cache user".split(
      separator: " ")
    var log = ""
    while log.utf8.count < 200_000 {
      let message = (0..<random.number(in: 3...12)).map { _ in String(random.element(of: words) ?? "") }
      log += "{\"level\":\"info\",\"msg\":\"\(message.joined(separator: " "))\",\"trace\":\"\(random.next())\","
      log += "\"span\":\"\(String(random.next(), radix: 16))\",\"path\":\"\\/v1\\/\(random.next())?q=%20\"}\n"
    }
    #expect(matcher.matches(in: Array(log.utf8)).isEmpty)
  }

  @Test("A secret longer than a piece is found whole, in one place, in every form and across line ends")
  func longSecret() throws {
    var random = SeededRandom(seed: 77)
    var lines = ["-----BEGIN PRIVATE KEY-----"]
    for _ in 0..<50 { lines.append(String(decoding: TextSampler.secret(&random, count: 64), as: UTF8.self)) }
    lines.append("-----END PRIVATE KEY-----")
    let secret = lines.joined(separator: "\n")
    var builder = MatcherBuilder()
    _ = try builder.add(secret.utf8, name: SecretName("pem", pseudonym: "0000")).get()
    let matcher = builder.build()
    for form in SecretForms.forms(of: secret.utf8) {
      let text = Array("{".utf8) + form.bytes + Array("}".utf8)
      #expect(matcher.redact(text).text == "{‹pem·0000›}", "\(form.kind)")
    }
    for other in [
      lines.joined(separator: "\r\n"), lines.joined(separator: "\n    "), lines.joined(separator: "\\n"),
      lines.joined(),
    ] {
      #expect(matcher.redact("key: \(other) end").text == "key: ‹pem·0000› end")
    }
    var stream = RedactingStream(matcher)
    var output: [UInt8] = []
    for byte in "a \(secret) b".utf8 { output += stream.push([byte]) }
    output += stream.finish()
    #expect(String(decoding: output, as: UTF8.self) == "a ‹pem·0000› b")
    #expect(matcher.holdBack <= 64 << 10)
  }

  @Test("A text of many blocks is masked as in one")
  func manyBlocks() throws {
    let matcher = try Self.matcher(["k7Zq2Wx9TbLm4Rv8"])
    let filler = String(repeating: "0123456789 ", count: 7000)
    let text = filler + "k7Zq2Wx9TbLm4Rv8" + filler.dropLast(3) + "k7Zq2Wx9\n  TbLm4Rv8" + filler
    let expected = filler + "‹s0·0000›" + filler.dropLast(3) + "‹s0·0000›" + filler
    #expect(matcher.redact(text).text == expected)
  }

  @Test("A long row of backslashes before an escaped secret is read in the same pairs, wherever the text was cut")
  func backslashes() throws {
    let secret = "k7Zq2Wx9Tb"
    let matcher = try Self.matcher([secret])
    let escaped = String(decoding: JSONForms.everyCharacter(Array(secret.utf8))[0], as: UTF8.self)
    var found = 0
    for count in 240..<340 {
      // One byte before them, so that a cut at an even offset would split a pair.
      let text = "." + String(repeating: "\\", count: count) + escaped + String(repeating: ".", count: 1500)
      let whole = matcher.redact(text).text
      found += whole.contains("‹") ? 1 : 0
      #expect(Self.streamed(matcher, text) == whole, "\(count) backslashes")
    }
    // With an odd number the first backslash of the secret is itself escaped.
    #expect(found >= 50)
  }
}
