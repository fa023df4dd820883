import Foundation
import TestSupport
import Testing

@testable import Labels

@Suite("Propagation of labels")
struct PropagationTests {
  /// Types that carry labels: what gives one of them makes a value.
  private static let carriers = [
    "LabeledText", "LabeledJSON", "Found", "RenderedText", "LabeledBit", "LabeledHeader", "RenderedRequest",
    "ComparisonOperand", "SendableRequest", "RequestField", "ValueScope",
  ]

  /// `Type.name` of every declaration of the room's interface that gives a carrier.
  static func operations() throws -> [String: Int] {
    let folder = Vectors.checkout.appendingPathComponent("Sources/Labels")
    var found: [String: Int] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where file.hasSuffix(".swift")
    {
      let text = String(decoding: try Data(contentsOf: folder.appendingPathComponent(file)), as: UTF8.self)
      for name in operations(in: text) { found[name, default: 0] += 1 }
    }
    return found
  }

  /// Reads declarations as the formatter writes them: the head of a type begins a line, a member is indented.
  static func operations(in text: String) -> [String] {
    var owner = ""
    var found: [String] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (number, line) in lines.enumerated() {
      let words = line.split(whereSeparator: { " (<:".contains($0) }).map(String.init)
      if line.first != " ",
        let kind = words.firstIndex(where: { ["struct", "enum", "extension", "class"].contains($0) }),
        kind + 1 < words.count
      {
        owner = words[kind + 1]
      }
      guard line.hasPrefix("  package "), !line.hasPrefix("   ") else { continue }
      var head = ""
      for next in lines[number...] {
        head += next + " "
        if next.contains("{") || (!next.hasSuffix("(") && !next.hasSuffix(",") && next.contains("let ")) { break }
      }
      let declared = String(head.prefix(while: { $0 != "{" }))
      if let name = words.firstIndex(of: "func").map({ words[$0 + 1] }) {
        guard let result = declared.range(of: "->", options: .backwards) else { continue }
        if givesCarrier(String(declared[result.upperBound...])) { found.append("\(owner).\(name)") }
      } else if words.contains("init") || words.contains("init?") {
        if carriers.contains(owner) { found.append("\(owner).init") }
      } else if let place = words.firstIndex(of: "var"), head.contains("{"), place + 1 < words.count,
        let colon = declared.firstIndex(of: ":"), givesCarrier(String(declared[colon...]))
      {
        found.append("\(owner).\(words[place + 1])")
      }
    }
    return found
  }

  private static func givesCarrier(_ type: String) -> Bool {
    type.split(whereSeparator: { !$0.isLetter }).contains { carriers.contains(String($0)) }
  }

  @Test("Every operation that makes a value from values is in the table, as often as it is declared")
  func everyOperationIsListed() throws {
    let operations = try Self.operations()
    let listed = PropagationTable.rows.mapValues(\.declarations)
    #expect(operations.count > 40)
    for (name, count) in operations where listed[name] != count {
      Issue.record("\(name) is declared \(count) times and has a propagation test for \(listed[name] ?? 0)")
    }
    for name in listed.keys where operations[name] == nil { Issue.record("\(name) is in the table and not declared") }
  }

  @Test("The reader of declarations would notice a new operation")
  func newOperationIsNoticed() {
    let text = """
      package enum Transforms {
        package static func reversed(
          _ text: LabeledText
        ) -> LabeledText {
        }
        package var last: LabeledText { first }
        package let count: Int
        func inner() -> LabeledText { first }
      }
      """
    #expect(Self.operations(in: text) == ["Transforms.reversed", "Transforms.last"])
  }

  @Test("Labels come along with what depends on them, byte by byte", arguments: PropagationTable.rows.keys.sorted())
  func propagates(operation: String) throws {
    let row = try #require(PropagationTable.rows[operation])
    for probe in row.probes {
      let faults = try probe.faults()
      #expect(faults == [], "\(operation) of \(probe.input)")
    }
    try row.check()
  }

  @Test("The probe notices a label that is lost, one that lags a byte behind, and one that is too wide")
  func probeNotices() throws {
    let wrong: [@Sendable (LabeledText) -> LabeledText] = [
      { LabeledText(text: $0.bytes, label: .clear) },
      { text in
        let moved = text.spans.map {
          LabelSpan(range: ($0.range.lowerBound + 1) % 3..<($0.range.lowerBound + 1) % 3 + 1, label: $0.label)
        }
        return LabeledText(
          bytes: text.bytes, spans: moved.sorted { $0.range.lowerBound < $1.range.lowerBound }, base: .clear,
          trace: .clear, form: .text)
      },
      { $0.labeled(also: $0.label) },
    ]
    for operation in wrong {
      let faults = try PropagationProbe(input: "abc") { [operation($0)] }.faults()
      #expect(!faults.isEmpty)
    }
  }
}
