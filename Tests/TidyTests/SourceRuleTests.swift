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

  /// Lines are the formatter's business (`swift format lint --strict`).
  @Test("No file is longer than 600 lines")
  func sizes() {
    for file in Self.sources + Self.tests {
      #expect(file.lines.count <= 600, "\(file.path) has \(file.lines.count) lines")
    }
  }

  @Test("No function is longer than 70 lines")
  func functionSizes() {
    for file in Self.sources {
      var start: (line: Int, indent: Int)?
      for (number, line) in file.lines.enumerated() {
        let indent = line.prefix { $0 == " " }.count
        if Self.beginsFunction(line) {
          start = (number, indent)
        } else if let begun = start, indent == begun.indent, line.drop(while: { $0 == " " }) == "}" {
          #expect(number - begun.line < 70, "\(file.path):\(begun.line + 1) is \(number - begun.line + 1) lines long")
          start = nil
        }
      }
    }
  }

  private static func beginsFunction(_ line: String) -> Bool {
    guard line.contains("func ") || line.contains("init") else { return false }
    var words = line.split(separator: " ")[...]
    let modifiers: Set<Substring> = [
      "package", "private", "fileprivate", "static", "mutating", "override", "final", "convenience", "consuming",
      "borrowing", "nonisolated",
    ]
    while let word = words.first, modifiers.contains(word) || word.hasPrefix("@") { words.removeFirst() }
    return words.first == "func" || words.first?.hasPrefix("init(") ?? false
      || words.first?.hasPrefix("init?(") ?? false
  }

  @Test("Nothing is declared public")
  func nothingIsPublic() {
    let declared = [
      "public struct", "public class", "public enum", "public func", "public var", "public let", "public init",
      "public static", "public final", "public protocol", "public extension", "open class", "open func",
    ]
    #expect(Self.offences(Self.sources) { line in declared.contains { line.contains($0) } } == [])
  }

  @Test("No name says Utils, Helpers, Manager, Common, Base, New or Legacy")
  func bannedNames() {
    let banned = ["Utils", "Helper", "Manager", "Common", "Legacy"]
    let kinds = ["struct ", "class ", "enum ", "protocol ", "actor "]
    #expect(
      Self.offences(Self.sources) { line in
        banned.contains { line.contains($0) }
          && kinds.contains { kind in
            guard let start = line.range(of: kind) else { return false }
            let name = line[start.upperBound...].prefix { $0.isLetter || $0.isNumber }
            return banned.contains { name.contains($0) }
          }
      } == [])
    for path in Checkout.files(below: ["Sources"]) where banned.contains(where: { path.contains($0) }) {
      Issue.record("\(path)")
    }
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
      "Sources/Cryptography/LibCryptoKey.swift", "Sources/Cryptography/Libraries.swift",
      "Sources/Server/NativeAPI/LogTail.swift",
    ]
    #expect(
      Self.offences(Self.sources, except: withReason) {
        $0.contains("@unchecked Sendable") || $0.contains("nonisolated(unsafe)")
      } == [])
  }

  @Test("No crash text interpolates anything, and none prints a state")
  func crashTextsAreConstant() {
    // These put numbers of bytes, and constant names of library functions (`StaticString`), into theirs.
    let withNumbersOnly: Set<String> = [
      "Sources/Cryptography/GuardedBytes.swift", "Sources/Cryptography/SecretArena.swift",
      "Sources/Cryptography/Libraries.swift",
    ]
    let stops = ["preconditionFailure(", "precondition(", "assert(", "assertionFailure("]
    #expect(
      Self.offences(Self.sources, except: withNumbersOnly) { line in
        line.contains("\\(") && stops.contains { line.contains($0) }
      } == [])
  }

  @Test("The doors are called by the files of this list and by no others")
  func doorsHaveKnownCallers() {
    let callers: [String: Set<String>] = [
      "SendDoor(": [
        "Sources/Runner/Authorizing/TokenSource.swift", "Sources/Runner/Running/MethodCall.swift",
        "Sources/Runner/Running/MethodExchange.swift", "Sources/Runner/Outbox/FailureWebhook.swift",
      ],
      "SendDoor.identity(": ["Sources/Runner/Running/MethodExchange.swift"],
      "DiscloseDoor.shape(": ["Sources/Runner/Testing/MethodTest.swift"],
      "DiscloseDoor.machine(": ["Sources/Server/VaultAPI/KeyValueRoutes.swift"],
      "DiscloseDoor.reveal(": [
        "Sources/Runner/Revealing/RunReveal.swift", "Sources/Server/NativeAPI/RevealRoutes.swift",
      ],
      "SealDoor.verificationKey(": ["Sources/Runner/Secrets/SecretShelf.swift"],
      "disclosedToHolder(": [
        "Sources/Server/VaultAPI/TokenRoutes.swift", "Sources/chancery/Operator/Initialisation.swift",
        "Sources/chancery/Serve/Awakening.swift",
      ],
    ]
    for (call, expected) in callers {
      let found = Self.sources.filter { file in
        !file.path.hasPrefix("Sources/Labels/") && !file.path.hasPrefix("Sources/Access/")
          && file.code.contains { $0.text.contains(call) }
      }
      #expect(Set(found.map(\.path)) == expected, "\(call)")
    }
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
    let folders = ["Sources", "Tests", "docs", "keys", "policies", "Examples", "scripts", "Benchmarks", "Fuzz"]
    let single = ["README.md", "SECURITY.md", "CHANGELOG.md", "Package.swift", ".ci/run"]
    let banned = ["/ro" + "ot/", "/wo" + "rk/", "py" + "pi.org", "deb.deb" + "ian.org"]
    for path in Checkout.files(below: folders) + single {
      if path.contains("__pycache__") { continue }
      let text = Checkout.text(path)
      for word in banned where text.contains(word) { Issue.record("\(path) contains \(word)") }
    }
  }
}
