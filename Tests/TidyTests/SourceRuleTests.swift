import Foundation
import Testing

@Suite("Source rules")
struct SourceRuleTests {
  static let sources = Checkout.swiftFiles(below: ["Sources"])
  static let tests = Checkout.swiftFiles(below: ["Tests"])

  /// Lines of code that match, except in the files named: each exception has its reason in a comment there.
  static func offences(
    _ files: [Checkout.SourceFile], except exceptions: Set<String> = [], _ isOffence: (String) -> Bool
  ) -> [String] {
    files.filter { !exceptions.contains($0.path) }.flatMap { file in
      file.code.filter { isOffence($0.text) }.map { "\(file.path):\($0.number)" }
    }
  }

  @Test("There are sources and tests to judge")
  func somethingIsRead() {
    #expect(Self.sources.count > 150)
    #expect(Self.tests.count > 60)
  }

  @Test("No file is longer than 600 lines and no line longer than 120 characters")
  func sizes() {
    for file in Self.sources + Self.tests {
      #expect(file.lines.count <= 600, "\(file.path) has \(file.lines.count) lines")
      for (number, line) in file.lines.enumerated() where line.count > 120 {
        let isURL = line.contains("http")
        #expect(isURL, "\(file.path):\(number + 1) is \(line.count) characters long")
      }
    }
  }

  @Test("No function is longer than 70 lines")
  func functionSizes() {
    for file in Self.sources {
      var start: (line: Int, indent: Int)?
      for (number, line) in file.lines.enumerated() {
        let indent = line.prefix { $0 == " " }.count
        if line.contains(
          /^\s*(?:@\w+(?:\([^)]*\))? )*(?:(?:package|private|fileprivate|static|mutating|override|final|convenience|consuming|borrowing|nonisolated) )*(?:func|init)\b/
        ) {
          start = (number, indent)
        } else if let begun = start, indent == begun.indent, line.drop(while: { $0 == " " }) == "}" {
          #expect(number - begun.line < 70, "\(file.path):\(begun.line + 1) is \(number - begun.line + 1) lines long")
          start = nil
        }
      }
    }
  }

  @Test("Nothing is declared public")
  func nothingIsPublic() {
    #expect(
      Self.offences(Self.sources) {
        $0.contains(/\b(?:public|open) (?:final |static |struct|class|enum|func|var|let|init|extension|protocol)/)
      } == [])
  }

  @Test("No name says Utils, Helpers, Manager, Common, Base, New or Legacy")
  func bannedNames() {
    let banned = /(?:Utils|Helpers|Manager|Common|Legacy)\b/
    #expect(
      Self.offences(Self.sources) {
        $0.contains(/\b(?:struct|class|enum|protocol|actor) \w*(?:Utils|Helpers?|Manager|Common|Legacy)\b/)
      } == [])
    for path in Checkout.files(below: ["Sources"]) where path.contains(banned) { Issue.record("\(path)") }
  }

  @Test("No forced try, forced cast or fatalError")
  func nothingIsForced() {
    #expect(
      Self.offences(Self.sources) { $0.contains("try!") || $0.contains(" as! ") || $0.contains("fatalError(") } == [])
  }

  @Test("Unchecked sendability only where the invariant is written down")
  func uncheckedSendability() {
    let withReason: Set<String> = [
      "Sources/Cryptography/GuardedBytes.swift", "Sources/Cryptography/SecretArena.swift",
    ]
    #expect(
      Self.offences(Self.sources, except: withReason) {
        $0.contains("@unchecked Sendable") || $0.contains("nonisolated(unsafe)")
      } == [])
  }

  @Test("No crash text interpolates anything, and none prints a state")
  func crashTextsAreConstant() {
    #expect(
      Self.offences(Self.sources) { line in
        line.contains(/(?:preconditionFailure|precondition|assert|assertionFailure)\(.*\\\(/)
      } == [])
  }

  @Test("No test sleeps, reads the wall clock, or is switched off")
  func testsAreDeterministic() {
    let measuring: Set<String> = ["Tests/TidyTests/SourceRuleTests.swift"]
    let offences = Self.offences(Self.tests, except: measuring) { line in
      line.contains("Task.sleep") || line.contains("Thread.sleep") || line.contains("usleep(")
        || line.contains("Date()") || line.contains("Date.now") || line.contains(".disabled(")
        || line.contains("SystemRandomNumberGenerator")
    }
    #expect(offences == [])
  }

  @Test("No file names a machine's path or a registry's host")
  func nothingOfTheWorkplace() {
    let folders = ["Sources", "Tests", "docs", "keys", "policies", "Examples", "scripts", "Benchmarks"]
    let single = ["README.md", "SECURITY.md", "CHANGELOG.md", "Package.swift", ".ci/run"]
    let banned = ["/ro" + "ot/", "/wo" + "rk/", "py" + "pi.org", "deb.deb" + "ian.org"]
    for path in Checkout.files(below: folders) + single {
      if path.contains("__pycache__") { continue }
      let text = Checkout.text(path)
      for word in banned where text.contains(word) { Issue.record("\(path) contains \(word)") }
    }
  }
}
