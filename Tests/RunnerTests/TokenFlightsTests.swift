import Encodings
import Labels
import RunEngine
import TestSupport
import Testing

@testable import Runner

@Suite("One request for a token that many want")
struct TokenFlightsTests {
  @Test("The first one leads, the others wait, and all are told how it ended")
  func singleFlight() {
    var flights = TokenFlights()
    #expect(flights.enter("a", now: 0) == .lead)
    #expect(flights.enter("a", now: 0) == .wait(1))
    #expect(flights.enter("b", now: 0) == .lead)
    #expect(flights.enter("a", now: 0) == .wait(2))
    #expect(flights.land("a", .fetched, now: 5) == [1, 2])
    #expect(flights.land("b", .fetched, now: 5) == [])
    #expect(flights.enter("a", now: 5) == .lead)
  }

  @Test("After a failure nobody asks for a second, then two, then four, up to a minute; a success forgets it")
  func backoff() {
    var flights = TokenFlights()
    var now: Int64 = 0
    var rests: [Int64] = []
    for _ in 0..<9 {
      #expect(flights.enter("a", now: now) == .lead)
      _ = flights.land("a", .failed(.invalidClient), now: now)
      let begin = now
      while flights.enter("a", now: now) == .refused(.invalidClient) { now += 500 }
      // The entry that was let in leads; it fails again.
      rests.append(now - begin)
      _ = flights.land("a", .failed(.invalidClient), now: now)
      now += 60_000
    }
    #expect(rests.first == 1_000)
    #expect(rests.last == 60_000)
    #expect(flights.enter("a", now: now) == .lead)
    _ = flights.land("a", .fetched, now: now)
    _ = flights.enter("a", now: now)
    _ = flights.land("a", .failed(.timeout), now: now)
    #expect(flights.enter("a", now: now + 999) == .refused(.timeout))
    #expect(flights.enter("a", now: now + 1_000) == .lead)
  }

  @Test("While a key rests its end is known, and no longer; whoever waited is told it with the fault")
  func restEnd() async {
    var flights = TokenFlights()
    #expect(flights.restEnd("a") == nil)
    _ = flights.enter("a", now: 0)
    #expect(flights.restEnd("a") == nil)
    _ = flights.land("a", .failed(.timeout), now: 5)
    #expect(flights.restEnd("a") == 1_005)
    #expect(flights.resting == ["a"])
    flights.forgetFailures(startingWith: "a")
    #expect(flights.restEnd("a") == nil)
    let desk = TokenDesk()
    let key = TokenSettings.keyPrefix("a") + "1"
    #expect(await desk.enter(key, now: 0) == .lead)
    #expect(desk.land(key, .failed(.dns), now: 0) == 1_000)
    #expect(await desk.enter(key, now: 1) == .refused(.dns, until: 1_000))
    #expect(desk.restingIntegrations == ["a"])
    desk.credentialChanged(of: "a")
    #expect(desk.restingIntegrations.isEmpty)
    #expect(await desk.enter(key, now: 1) == .lead)
    #expect(desk.land(key, .fetched, now: 1) == nil)
  }

  @Test("A leader that gives up leaves the next one to lead at once")
  func abandoned() {
    var flights = TokenFlights()
    _ = flights.enter("a", now: 0)
    _ = flights.enter("a", now: 0)
    #expect(flights.land("a", .abandoned, now: 0) == [1])
    #expect(flights.enter("a", now: 0) == .lead)
  }

  @Test("The number of those who wait is bounded, over all keys; whoever is told makes room")
  func bounded() {
    var flights = TokenFlights()
    _ = flights.enter("a", now: 0)
    _ = flights.enter("b", now: 0)
    for _ in 0..<TokenFlights.maximumWaiting { _ = flights.enter("a", now: 0) }
    #expect(flights.enter("a", now: 0) == .refused(.busy))
    #expect(flights.enter("b", now: 0) == .refused(.busy))
    #expect(flights.land("a", .fetched, now: 0).count == TokenFlights.maximumWaiting)
    let turn = flights.enter("b", now: 0)
    #expect(turn == .wait(UInt64(TokenFlights.maximumWaiting) + 1))
  }

  @Test("Remembered failures are bounded, and a fetch under way is never forgotten")
  func remembered() {
    var flights = TokenFlights()
    #expect(flights.enter("under way", now: 0) == .lead)
    for number in 0..<(2 * TokenFlights.maximumStates) {
      _ = flights.enter("k\(number)", now: 0)
      _ = flights.land("k\(number)", .failed(.dns), now: 0)
    }
    #expect(flights.stateCount <= TokenFlights.maximumStates)
    guard case .wait = flights.enter("under way", now: 0) else {
      Issue.record("somebody else leads as well")
      return
    }
  }

  @Test("A new credential lets the keys of its integration be tried at once, and no others")
  func changed() {
    var flights = TokenFlights()
    for key in ["a\u{0}1", "ab\u{0}1"] {
      _ = flights.enter(key, now: 0)
      _ = flights.land(key, .failed(.invalidClient), now: 0)
    }
    flights.forgetFailures(startingWith: TokenSettings.keyPrefix("a"))
    #expect(flights.enter("a\u{0}1", now: 1) == .lead)
    #expect(flights.enter("ab\u{0}1", now: 1) == .refused(.invalidClient))
  }

  @Test("Whatever is done in whatever order: one leads, nobody is told twice, nobody is forgotten", arguments: 0..<50)
  func model(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var flights = TokenFlights()
    var leading: Set<String> = []
    var waiting: [String: Set<UInt64>] = [:]
    var now: Int64 = 0
    for _ in 0..<400 {
      let key = ["a", "b", "c"][Int(random.next() % 3)]
      now += Int64(random.next() % 700)
      switch random.next() % 3 {
      case 0, 1:
        switch flights.enter(key, now: now) {
        case .lead:
          #expect(leading.insert(key).inserted)
        case .wait(let number):
          #expect(leading.contains(key))
          #expect(waiting[key, default: []].insert(number).inserted)
        case .refused: #expect(!leading.contains(key))
        }
      default:
        let landing: TokenFlights.Landing =
          [.fetched, .failed(.timeout), .abandoned][Int(random.next() % 3)]
        let told = flights.land(key, landing, now: now)
        #expect(Set(told) == waiting[key] ?? [])
        #expect(Set(told).count == told.count)
        #expect(leading.remove(key) != nil || told.isEmpty)
        waiting[key] = nil
      }
    }
  }

  @Test("An authorisation that a person has begun is finished once, with its own state, in time")
  func begun() {
    var begun = BegunAuthorizations()
    let now = Instant(millisecondsSinceEpoch: 1_764_000_000_000)
    func authorization(_ state: String) -> BegunAuthorizations.Begun {
      BegunAuthorizations.Begun(state: Array(state.utf8), verifier: nil, settings: "s")
    }
    begun.begin(authorization("one"), of: "a", now: now)
    begun.begin(authorization("two"), of: "b", now: now)
    let wrong = begun.take("a", state: Array("two".utf8), now: now)
    #expect(wrong == nil)
    let late = begun.take("a", state: Array("one".utf8), now: now.advanced(byMilliseconds: 600_000))
    #expect(late == nil)
    let right = begun.take("a", state: Array("one".utf8), now: now.advanced(byMilliseconds: 599_999))
    #expect(right?.settings == "s")
    let again = begun.take("a", state: Array("one".utf8), now: now)
    #expect(again == nil)
    begun.begin(authorization("three"), of: "b", now: now)
    let older = begun.take("b", state: Array("two".utf8), now: now)
    #expect(older == nil)
  }
}
