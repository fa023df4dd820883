import Testing

@testable import Redaction

@Suite("Scope and alarm")
struct TextScopeTests {
  private static let secrets = ["k7Zq2Wx9Tb", "Lm4Rv8TbQ1", "9sPq3Xc7Vn", "Bd5Gh2Jk8M"]

  private static func matcher(scope: TextScope = .all) throws -> SecretMatcher {
    var builder = MatcherBuilder()
    for (index, secret) in secrets.enumerated() {
      _ = try builder.add(secret.utf8, name: SecretName("s\(index)", pseudonym: "0000"), scope: scope).get()
    }
    return builder.build()
  }

  /// base64 of base64 of the first secret.
  private static let twice = "YXpkYWNUSlhlRGxVWWc9PQ=="

  @Test("Chosen text is searched for whole forms and not decoded; all other text is")
  func wholeForms() throws {
    let matcher = try Self.matcher()
    #expect(matcher.redact("x \(Self.twice)", scope: .all).text == "x ‹s0·0000›==")
    #expect(matcher.redact("x \(Self.twice)", scope: .wholeForms).text == "x \(Self.twice)")
    for form in SecretForms.forms(of: Self.secrets[0].utf8) {
      let result = matcher.redact(Array("<".utf8) + form.bytes + Array(">".utf8), scope: .wholeForms)
      #expect(result.text == "<‹s0·0000›>", "\(form.kind)")
    }
  }

  @Test("A secret registered for whole forms only is not looked for in decoded runs")
  func narrowSecret() throws {
    let matcher = try Self.matcher(scope: .wholeForms)
    #expect(matcher.redact(Self.twice, scope: .all).text == Self.twice)
    #expect(matcher.redact(Self.secrets[0], scope: .all).text == "‹s0·0000›")
  }

  @Test("Up to three secrets and twenty places raise no alarm; one more of either does")
  func bounds() throws {
    let matcher = try Self.matcher()
    let three = Self.secrets.prefix(3).joined(separator: " ")
    let four = Self.secrets.joined(separator: " ")
    let twenty = [String](repeating: Self.secrets[0], count: 20).joined(separator: " ")
    let more = twenty + " " + Self.secrets[0]
    for calm in [three, twenty] {
      #expect(matcher.redact(calm).alarm == nil)
      #expect(!matcher.redact(calm, scope: .wholeForms).isWithheld)
    }
    #expect(matcher.redact(four).alarm == RedactionAlarm(distinctSecrets: 4, matches: 4))
    #expect(matcher.redact(more).alarm == RedactionAlarm(distinctSecrets: 1, matches: 21))
    #expect(RedactionAlarm(distinctSecrets: 3, matches: 20) == nil)
  }

  @Test("In the starter's own input the alarm withholds the text; elsewhere it is masked as ever")
  func withheld() throws {
    let matcher = try Self.matcher()
    let four = "guess: " + Self.secrets.joined(separator: " ")
    let narrow = matcher.redact(four, scope: .wholeForms)
    #expect(narrow.text == "‹withheld: the input contains too many known secrets›")
    #expect(narrow.disposition == .withheld(.tooManySecrets))
    #expect(narrow.alarm != nil)
    #expect(matcher.containsAny(Array(four.utf8), scope: .wholeForms) == [.withheld])
    #expect(matcher.redact(four).text == "guess: ‹s0·0000› ‹s1·0000› ‹s2·0000› ‹s3·0000›")
    var stream = RedactingStream(matcher, scope: .wholeForms)
    #expect(stream.push(Array(four.utf8)).isEmpty)
    #expect(stream.alarm == nil)
    _ = stream.finish()
    #expect(stream.alarm != nil && stream.withheld == .tooManySecrets)
  }
}
