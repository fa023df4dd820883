import TestSupport
import Testing

@testable import Webhooks

@Suite("The patterns of values")
struct ValuePatternTests {
  @Test(
    "A pattern accepts exactly the values of its form",
    arguments: [
      ("[0-9]{10}", ["0123456789"], ["012345678", "01234567890", "012345678x", ""]),
      ("[!--/-~]+", ["msg_1", "-", "/"], ["a.b", ".", "", "a b"]),
      ("[0-9T:.Z-]{3,4}", ["1-2", "T:.Z"], ["12", "12345", "1+2"]),
      (#"a(\.[0-9]{1,2})?(Z|[+-][0-9]{2})"#, ["aZ", "a.1Z", "a.12+01"], ["a", "a.Z", "a.123Z", "aZZ"]),
      ("(ab|c)*d", ["d", "abd", "ccabd"], ["", "ad", "abc"]),
      ("[a-z]+ [a-z0-9]{6}", ["acme 0a1b2c"], ["acme  0a1b2c", "acme 0a1b2", " acme 0a1b2c"]),
      ("x{2,}", ["xx", "xxxx"], ["x", ""]),
      ("x{0}", [""], ["x"]),
      ("", [""], ["a"]),
      (#"\d\w\s\."#, ["1_ .", "0a\t."], ["aa .", "1- .", "1a.."]),
      ("[^a-c]", ["d", "\n"], ["a", "dd", ""]),
      ("a.c", ["abc", "a.c"], ["a\nc", "ac"]),
      ("(?:ab){2}", ["abab"], ["ab", "ababab"]),
      (#"[\]\-a]+"#, ["]-a"], ["b"]),
      ("[a-]{2}", ["a-"], ["b-"]),
    ])
  func forms(pattern: String, matching: [String], others: [String]) throws {
    let compiled = try ValuePattern(pattern)
    for value in matching { #expect(compiled.matches(Array(value.utf8)), "\(pattern) should match \(value)") }
    for value in others { #expect(!compiled.matches(Array(value.utf8)), "\(pattern) should not match \(value)") }
  }

  @Test(
    "What is not in the subset is refused with its place",
    arguments: [
      ("(a", PatternFault.unclosedGroup(at: 0)), ("a)", .unopenedGroup(at: 1)), ("[a", .unclosedClass(at: 0)),
      ("[]", .emptyClass(at: 0)), ("[z-a]", .backwardsRange(at: 1)), ("*a", .nothingToRepeat(at: 0)),
      ("a**", .nothingToRepeat(at: 2)), ("a+?", .nothingToRepeat(at: 2)), ("a{2", .badCount(at: 1)),
      ("a{3,2}", .badCount(at: 1)), ("a{,2}", .badCount(at: 1)), ("a{1025}", .tooLarge), ("(a{33}){32}", .tooLarge),
      (#"(a)\1"#, .unsupportedEscape(at: 3)), (#"\b"#, .unsupportedEscape(at: 0)), ("a\\", .unexpectedEnd),
      ("(?=a)", .unsupportedGroup(at: 0)), ("^a$", .anchor(at: 0)), ("a$", .anchor(at: 1)), ("é", .notASCII(at: 0)),
      ("(){1024}(){1024}", .tooLarge), (String(repeating: "(", count: 40), .tooDeep), (#"[\d-z]"#, nil),
      (#"[a-\d]"#, .backwardsRange(at: 1)),
    ] as [(String, PatternFault?)])
  func refusals(pattern: String, fault: PatternFault?) throws {
    do throws(PatternFault) {
      _ = try ValuePattern(pattern)
      #expect(fault == nil)
    } catch {
      #expect(error == fault)
      #expect(!error.message.isEmpty)
    }
  }

  @Test("A pattern that makes other engines run for ever is linear here")
  func noBacktracking() throws {
    let pattern = try ValuePattern("(([a-z]+)*)*1")
    #expect(!pattern.matches([UInt8](repeating: UInt8(ascii: "a"), count: 200_000)))
  }

  @Test("A pattern of more than 64 positions matches as a small one does")
  func manyPositions() throws {
    let pattern = try ValuePattern("x{70}(ab|cd){20}")
    let value = [UInt8](repeating: UInt8(ascii: "x"), count: 70) + (0..<20).flatMap { _ in Array("cd".utf8) }
    #expect(pattern.matches(value))
    #expect(!pattern.matches(Array(value.dropLast())))
    #expect(!pattern.matches(value + [0]))
    #expect(!pattern.matches([]))
  }

  @Test(
    "The analysis knows where words end",
    arguments: [
      ("[0-9]{10}", true), ("[0-9]+", false), ("[0-9]+x", true), ("a|ab", false), ("ab|cd", true),
      ("(a|b){3}c?", false),
      ("[!-~]+\\.", false), ("[!--/-~]+\\.", true), ("", true), ("a*", false), ("a?", false), ("[a-z]{100}", true),
    ])
  func prefixFreedom(pattern: String, isPrefixFree: Bool) throws {
    #expect(PositionAutomaton(try ValuePattern(pattern).node).isPrefixFree == isPrefixFree)
  }

  @Test("A seeded pattern never traps, and its parts match their own words")
  func fuzz() {
    var random = SeededRandom(seed: 0x5EED_0001)
    let alphabet = Array(#"abz09.-[]^(){}|*+?\,: dws"#)
    var compiledCount = 0
    for _ in 0..<4_000 {
      let text = String((0..<random.number(in: 0...14)).compactMap { _ in random.element(of: alphabet) })
      guard let pattern = try? ValuePattern(text) else { continue }
      compiledCount += 1
      for _ in 0..<4 { _ = pattern.matches(random.bytes(random.number(in: 0...9))) }
      _ = PositionAutomaton(pattern.node).isPrefixFree
      _ = PositionAutomaton(pattern.node.reversed).isPrefixFree
    }
    #expect(compiledCount > 200)
  }
}
