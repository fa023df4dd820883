import Destinations
import Encodings
import Ledger
import Testing

@testable import Server

@Suite("RefusalCounts")
struct RefusalCountsTests {
  static let now = Instant(millisecondsSinceEpoch: 1_700_000_000_000)

  @Test("The first of a kind is written at once, the others with the summary")
  func firstAndSummary() {
    let counts = RefusalCounts()
    #expect(
      counts.count(endpoint: "a", reason: "credential-wrong", caller: nil, now: Self.now)?.outcome
        == "credential-wrong ×1")
    #expect(counts.count(endpoint: "a", reason: "credential-wrong", caller: nil, now: Self.now) == nil)
    #expect(counts.count(endpoint: "a", reason: "timestamp-too-old", caller: nil, now: Self.now) != nil)
    let summary = counts.takeSummary()
    #expect(summary.map(\.outcome) == ["credential-wrong ×2", "timestamp-too-old ×1"])
    #expect(counts.takeSummary().isEmpty)
    #expect(counts.count(endpoint: "a", reason: "credential-wrong", caller: nil, now: Self.now) == nil)
  }

  @Test("Endless new names write no endless entries: beyond the bound they are counted as one")
  func bound() {
    let counts = RefusalCounts()
    var written = 0
    for number in 0..<5_000
    where counts.count(endpoint: "e\(number)", reason: "unknown-endpoint", caller: nil, now: Self.now) != nil {
      written += 1
    }
    #expect(written == 4_097)
    #expect(counts.takeSummary().contains { $0.subject == "other" && $0.outcome == "unknown-endpoint ×904" })
  }

  @Test("Networks are told apart, addresses of one network are not")
  func networks() {
    let counts = RefusalCounts()
    func count(_ address: String) -> LedgerDraft? {
      counts.count(endpoint: "a", reason: "credential-wrong", caller: IPAddress(address), now: Self.now)
    }
    #expect(count("192.0.2.1") != nil)
    #expect(count("192.0.2.200") == nil)
    #expect(count("192.0.3.1") != nil)
    let details = counts.takeSummary().compactMap { draft -> String? in
      guard case .refusalSummary(_, _, let network, let count, _, _) = draft.detail else { return nil }
      return "\(network) \(count)"
    }
    #expect(details == ["192.0.2.0/24 2", "192.0.3.0/24 1"])
  }
}
