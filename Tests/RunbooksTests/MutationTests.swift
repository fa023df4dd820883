import TestSupport
import Testing

@testable import Runbooks

@Suite("Damaged documents")
struct MutationTests {
  private static let seeds: [String] = [
    "demo/identity.yaml", "demo/tickets.yaml", "demo/open-incident.yaml", "ask-openai.yaml", "rotate-webhook.yaml",
    "vendor/integration-paging-service.json", "vendor/runbook-page-on-major-ticket.json",
  ]

  @Test(
    "No change of bytes makes the reader trap, and what is read without error writes and reads back", arguments: seeds)
  func bytes(name: String) throws {
    let original = Array(try Documents.example(name).text.utf8)
    let bits = [
      "<<", ">>", "\\<<", "null", "{", "}", "[", "]", "\"", ":", ",", "-98", "1e999", "\u{0}", "é", "\n", "    ", "- ",
    ]
    for seed in 0..<60 {
      var random = SeededRandom(seed: UInt64(seed))
      var bytes = original
      for _ in 0..<random.number(in: 1...4) {
        let at = random.number(in: 0...max(0, bytes.count - 1))
        switch random.number(in: 0...3) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + random.number(in: 1...12)))
        case 2: bytes.insert(contentsOf: Array((random.element(of: bits) ?? "").utf8), at: at)
        default:
          let from = random.number(in: 0...max(0, bytes.count - 1))
          bytes.insert(contentsOf: bytes[from..<min(bytes.count, from + random.number(in: 1...40))], at: at)
        }
      }
      let read = DocumentReader.read([DocumentFile(name: name, bytes: bytes)]) { "fresh" }
      guard !read.faults.hasErrors else { continue }
      for runbook in read.runbooks.map(\.document) {
        #expect(RunbookDocument(canonicalJSON: runbook.canonicalJSON) == runbook, "\(name) seed \(seed)")
      }
      for integration in read.integrations.map(\.document) {
        #expect(IntegrationDocument(canonicalJSON: integration.canonicalJSON) == integration, "\(name) seed \(seed)")
      }
    }
  }

  /// Every scalar of the vendor examples in turn becomes some of these.
  @Test(
    "No value of another type makes the import trap",
    arguments: ["null", "true", "-1", "1e400", "99999999999999999999", "\"\"", "\"<<\"", "[]", "{}", "[[]]"])
  func types(replacement: String) throws {
    for name in Self.seeds.suffix(2) {
      let lines = try Documents.example(name).text.split(separator: "\n", omittingEmptySubsequences: false).map(
        String.init)
      for (index, line) in lines.enumerated() {
        guard let colon = line.range(of: "\": ") else { continue }
        let rest = line[colon.upperBound...]
        guard rest != "{", rest != "[", (index + replacement.utf8.count) % 3 == 0 else { continue }
        var changed = lines
        changed[index] = line[..<colon.upperBound] + replacement + (rest.hasSuffix(",") ? "," : "")
        let text = changed.joined(separator: "\n")
        let read = DocumentReader.read([DocumentFile(name: name, bytes: Array(text.utf8))]) { "fresh" }
        #expect(read.faults.count < 1_000)
      }
    }
  }
}
