import Testing

@testable import Redaction

@Suite("Withholding")
struct FailClosedTests {
  private static let name = SecretName("token", pseudonym: "k7f2")

  private static func matcher(_ change: (inout RedactionLimits) -> Void) throws -> SecretMatcher {
    var limits = RedactionLimits.standard
    change(&limits)
    var builder = MatcherBuilder(limits: limits)
    _ = try builder.add("k7Zq2Wx9Tb".utf8, name: name).get()
    return builder.build()
  }

  @Test("A text that costs too much to check is withheld by every way of asking")
  func tooMuchWork() throws {
    let matcher = try Self.matcher {
      $0.candidatesPerByte = 0
      $0.candidatesPerCall = 0
    }
    let text = Array("clear text k7Zq2Wx9Tb".utf8)
    let result = matcher.redact(text)
    #expect(result.text == "‹withheld: the text takes too long to check›")
    #expect(result.disposition == .withheld(.tooMuchWork))
    #expect(result.isWithheld)
    #expect(matcher.matches(in: text) == [SecretMatch(range: 0..<text.count, name: .withheld, kind: .raw)])
    #expect(matcher.containsAny(text) == [.withheld])
    var stream = RedactingStream(matcher)
    #expect(stream.push(text).isEmpty)
    #expect(String(decoding: stream.finish(), as: UTF8.self) == "‹withheld: the text takes too long to check›")
    #expect(stream.withheld == .tooMuchWork)
    #expect(stream.finish().isEmpty)
  }

  @Test("What a stream has let out before the fault stays, and nothing comes after the marker")
  func streamFault() throws {
    let matcher = try Self.matcher {
      $0.candidatesPerByte = 0
      $0.candidatesPerCall = 0
    }
    var stream = RedactingStream(matcher)
    let first = stream.push([UInt8](repeating: 0x2E, count: 5000))
    #expect(first.count > 3000 && first.allSatisfy { $0 == 0x2E })
    let second = stream.push(Array("k7Zq2Wx9Tb".utf8) + [UInt8](repeating: 0x2E, count: 5000))
    #expect(String(decoding: second, as: UTF8.self) == "‹withheld: the text takes too long to check›")
    #expect(stream.push(Array("more".utf8)).isEmpty)
    #expect(stream.finish().isEmpty)
  }

  @Test("A text over the bound is withheld whole")
  func tooLarge() throws {
    let matcher = try Self.matcher { $0.maximumTextBytes = 10 }
    #expect(matcher.redact("0123456789").text == "0123456789")
    #expect(matcher.redact("0123456789a").disposition == .withheld(.tooLarge))
  }

  @Test("Text pushed after the end does not leave")
  func pushAfterFinish() throws {
    let matcher = try Self.matcher { _ in }
    var stream = RedactingStream(matcher)
    #expect(stream.push(Array("abc".utf8)) + stream.finish() == Array("abc".utf8))
    #expect(String(decoding: stream.push(Array("def".utf8)), as: UTF8.self) == "‹withheld: the stream had ended›")
    #expect(stream.withheld == .finished)
  }

  @Test("The markers differ and fit one line")
  func markers() {
    let markers = WithheldReason.allCases.map(Mask.withheld)
    #expect(Set(markers).count == markers.count)
    #expect(markers.allSatisfy { $0.hasPrefix("‹withheld: ") && $0.hasSuffix("›") && !$0.contains("\n") })
  }
}
