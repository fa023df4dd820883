import Testing

@testable import Server

@Suite("How often a followed log is looked at")
struct LookPaceTests {
  @Test("The first look is due at once, and another one a tenth of a second after a quick one")
  func quick() {
    var pace = LookPace()
    #expect(pace.left(at: 5) == 0)
    pace.note(begun: 1_000, ended: 1_001)
    #expect(pace.left(at: 1_001) == 100)
    #expect(pace.left(at: 1_100) == 1)
    #expect(pace.left(at: 1_101) == 0)
    #expect(pace.left(at: 9_000) == 0)
  }

  @Test("After a look that took long there is four times as long, up to five seconds")
  func slow() {
    var pace = LookPace()
    pace.note(begun: 0, ended: 300)
    #expect(pace.left(at: 300) == 1_200)
    pace.note(begun: 2_000, ended: 20_000)
    #expect(pace.left(at: 20_000) == 5_000)
  }

  @Test("Of a run that brings something all the time no more than a fifth of the time is spent on looking")
  func share() {
    var pace = LookPace()
    var (now, looking): (Int64, Int64) = (0, 0)
    var looks = 0
    while now < 60_000 {
      now += pace.left(at: now)
      // Each look reads a longer history.
      let cost = Int64(looks)
      pace.note(begun: now, ended: now + cost)
      now += cost
      looking += cost
      looks += 1
    }
    #expect(looking * 5 <= now)
    #expect(looks <= 600)
  }
}
