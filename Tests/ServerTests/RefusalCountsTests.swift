import Testing

@testable import Server

@Suite("RefusalCounts")
struct RefusalCountsTests {
  @Test("The first of a kind is written at once, the others with the summary")
  func firstAndSummary() {
    let counts = RefusalCounts()
    #expect(counts.count(endpoint: "a", reason: "credential-wrong")?.outcome == "credential-wrong ×1")
    #expect(counts.count(endpoint: "a", reason: "credential-wrong") == nil)
    #expect(counts.count(endpoint: "a", reason: "timestamp-too-old") != nil)
    let summary = counts.takeSummary()
    #expect(summary.map(\.outcome) == ["credential-wrong ×2", "timestamp-too-old ×1"])
    #expect(counts.takeSummary().isEmpty)
    #expect(counts.count(endpoint: "a", reason: "credential-wrong") == nil)
  }

  @Test("Endless new names write no endless entries: beyond the bound they are counted as one")
  func bound() {
    let counts = RefusalCounts()
    var written = 0
    for number in 0..<5_000 where counts.count(endpoint: "e\(number)", reason: "unknown-endpoint") != nil {
      written += 1
    }
    #expect(written == 4_097)
    #expect(counts.takeSummary().contains { $0.subject == "other" && $0.outcome == "unknown-endpoint ×904" })
  }
}
