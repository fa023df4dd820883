import Encodings
import RunEngine
import Runbooks
import Testing

@Suite("What a schedule has due")
struct DueSlotTests {
  private static func at(_ minutes: Int64) -> Instant { Instant(millisecondsSinceEpoch: minutes * 60_000) }

  private static func due(taken: Int64?, since: Int64 = 0, now: Int64) throws -> DueSlot? {
    let schedule = Schedule(cron: try CronExpression("0 * * * *"), zone: "UTC")
    return DueSlot(
      schedule, taken: taken.map { at($0) }, since: at(since), now: at(now), offset: { _ in 0 })
  }

  @Test("However many slots were passed over, the last one is started and the others are counted")
  func missed() throws {
    let due = try #require(try Self.due(taken: 60, now: 250))
    #expect(due.slot == Self.at(240))
    #expect(due.missed == 2)
    #expect(try Self.due(taken: 240, now: 250) == nil)
  }

  @Test("Nothing before the document was saved is due")
  func since() throws {
    #expect(try Self.due(taken: nil, since: 70, now: 119) == nil)
    #expect(try Self.due(taken: nil, since: 70, now: 120)?.slot == Self.at(120))
  }

  @Test("Under a clock that went back nothing is due until it has come past the slot that was taken last")
  func back() throws {
    for now in Int64(0)...300 { #expect(try Self.due(taken: 300, now: now) == nil) }
    #expect(try Self.due(taken: 300, now: 360)?.slot == Self.at(360))
  }
}
