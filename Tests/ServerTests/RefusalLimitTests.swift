import Destinations
import Testing

@testable import Server

@Suite("RefusalLimit")
struct RefusalLimitTests {
  private static let caller = IPAddress("203.0.113.5")

  @Test("Sixty refusals at one place are free, and then one a second")
  func refusals() {
    let limit = RefusalLimit()
    for _ in 0..<60 {
      #expect(limit.wait(of: Self.caller, at: .start(runbook: "a"), now: 0) == nil)
      limit.refused(Self.caller, at: .start(runbook: "a"), now: 0)
    }
    #expect(limit.wait(of: Self.caller, at: .start(runbook: "a"), now: 0) == 1)
    #expect(limit.wait(of: Self.caller, at: .start(runbook: "b"), now: 0) == nil)
    #expect(limit.wait(of: IPAddress("203.0.113.6"), at: .start(runbook: "a"), now: 0) == nil)
    #expect(limit.wait(of: Self.caller, at: .start(runbook: "a"), now: 1_000) == nil)
    #expect(limit.wait(of: nil, at: .start(runbook: "a"), now: 0) == nil)
  }

  @Test("Work that is done for nothing is bounded for each address, and large bodies count for more")
  func work() {
    let limit = RefusalLimit()
    for _ in 0..<2_000 {
      #expect(limit.waitForWork(of: Self.caller, now: 0) == nil)
      limit.worked(for: Self.caller, bytes: 100, now: 0)
    }
    #expect(limit.waitForWork(of: Self.caller, now: 0) == 1)
    #expect(limit.waitForWork(of: IPAddress("203.0.113.6"), now: 0) == nil)
    #expect(limit.waitForWork(of: Self.caller, now: 2) == nil)
    let other = RefusalLimit()
    for _ in 0..<118 { other.worked(for: Self.caller, bytes: 1 << 20, now: 0) }
    #expect(other.waitForWork(of: Self.caller, now: 0) == 1)
    #expect(other.waitForWork(of: nil, now: 0) == nil)
  }
}
