import Testing

@testable import Runbooks

@Suite("Unified differences")
struct UnifiedDiffTests {
  static func diff(_ old: String, _ new: String) -> String {
    UnifiedDiff.text(from: old, to: new, oldName: "a", newName: "b")
  }

  /// `patch`: reads the lines of a unified diff alone.
  static func patched(_ old: String, _ diff: String) -> String? {
    let lines = old.split(separator: "\n")
    var result: [Substring] = []
    var next = 0
    for line in diff.split(separator: "\n").dropFirst(2) {
      if line.hasPrefix("@@") {
        let range = line.split(separator: " ")[1].dropFirst().split(separator: ",")
        guard let first = range.first.flatMap({ Int($0) }) else { return nil }
        let start = range.last == "0" && range.count == 2 ? first : first - 1
        guard start >= next, start <= lines.count else { return nil }
        result += lines[next..<start]
        next = start
        continue
      }
      if line.hasPrefix("+") {
        result.append(line.dropFirst())
        continue
      }
      guard next < lines.count, lines[next] == line.dropFirst() else { return nil }
      if line.hasPrefix(" ") { result.append(lines[next]) }
      next += 1
    }
    return (result + lines[next...]).joined(separator: "\n")
  }

  @Test("Equal texts have no difference")
  func equal() {
    #expect(Self.diff("one\ntwo\n", "one\ntwo\n") == "")
  }

  @Test("A difference is what diff -u writes")
  func known() {
    let old = (1...12).map(String.init).joined(separator: "\n") + "\n"
    let new = old.replacing("\n6\n", with: "\nsix\nand a half\n")
    #expect(
      Self.diff(old, new) == """
        --- a
        +++ b
        @@ -3,7 +3,8 @@
         3
         4
         5
        -6
        +six
        +and a half
         7
         8
         9

        """)
    #expect(Self.diff("", "x\n") == "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n")
    #expect(Self.diff("x\n", "") == "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n")
  }

  @Test("A difference applied to the old text is the new one", arguments: 0..<200 as Range<UInt64>)
  func property(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func below(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    let old = (0..<below(40)).map { _ in "line \(below(6))" }
    var new = old
    for _ in 0..<below(8) {
      let place = Int(below(UInt64(new.count + 1)))
      if below(2) == 0 || place == new.count {
        new.insert("line \(below(9))", at: place)
      } else {
        new.remove(at: place)
      }
    }
    let oldText = old.joined(separator: "\n")
    let newText = new.joined(separator: "\n")
    let diff = Self.diff(oldText, newText)
    #expect(Self.patched(oldText, diff) == newText)
  }

  @Test("Texts of more changed lines than are compared are replaced whole")
  func bound() {
    let old = (0..<UnifiedDiff.comparedLines).map { "old \($0)" }.joined(separator: "\n")
    let new = (0..<UnifiedDiff.comparedLines).map { "new \($0)" }.joined(separator: "\n")
    let diff = Self.diff("head\n" + old, "head\n" + new)
    #expect(Self.patched("head\n" + old, diff) == "head\n" + new)
  }
}
