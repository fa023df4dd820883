import Encodings
import Labels
import RunEngine
import TestSupport
import Testing

@testable import Runner

extension TokenFlights {
  /// Somebody whose credentials nobody changes.
  fileprivate mutating func enter(_ key: String, now: Int64) -> Entry { enter(key, CredentialsRead(), now: now) }
}

@Suite("One request for a token that many want")
struct TokenFlightsTests {
  @Test("The first one leads, the others wait, and all are told how it ended")
  func singleFlight() {
    var flights = TokenFlights()
    #expect(flights.enter("a", now: 0) == .lead)
    #expect(flights.enter("a", now: 0) == .wait(1))
    #expect(flights.enter("b", now: 0) == .lead)
    #expect(flights.enter("a", now: 0) == .wait(2))
    #expect(flights.land("a", .fetched, now: 5) == TokenFlights.Landed(told: [1, 2]))
    #expect(flights.land("b", .fetched, now: 5) == TokenFlights.Landed())
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
    let landed = flights.land("a", .failed(.timeout), now: 5)
    #expect(landed.until == 1_005)
    #expect(flights.restEnd("a") == 1_005)
    let desk = TokenDesk()
    let read = desk.reading([.integration("a"), .secret("kv/a")])
    #expect(await desk.enter("a1", read, now: 0) == .lead)
    #expect(desk.land("a1", .failed(.dns), now: 0) == 1_000)
    #expect(await desk.enter("a1", read, now: 1) == .refused(.dns, until: 1_000))
    desk.credentialChanged(of: "b")
    desk.secretChanged(at: "kv/b")
    #expect(await desk.enter("a1", read, now: 1) == .refused(.dns, until: 1_000))
    desk.secretChanged(at: "kv/a")
    #expect(await desk.enter("a1", read, now: 1) == .lead)
    #expect(desk.land("a1", .fetched, now: 1) == nil)
  }

  @Test("A leader that gives up leaves the next one to lead at once")
  func abandoned() {
    var flights = TokenFlights()
    _ = flights.enter("a", now: 0)
    _ = flights.enter("a", now: 0)
    #expect(flights.land("a", .abandoned, now: 0).told == [1])
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
    #expect(flights.land("a", .fetched, now: 0).told.count == TokenFlights.maximumWaiting)
    let turn = flights.enter("b", now: 0)
    #expect(turn == .wait(UInt64(TokenFlights.maximumWaiting) + 1))
  }

  @Test("One who waits may leave: the fetch goes on, the others are told, and his place is free")
  func leaving() {
    var flights = TokenFlights()
    #expect(flights.enter("a", now: 0) == .lead)
    #expect(flights.enter("a", now: 0) == .wait(1))
    #expect(flights.enter("a", now: 0) == .wait(2))
    flights.leave("a", 1)
    flights.leave("a", 1)
    flights.leave("b", 2)
    #expect(flights.land("a", .fetched, now: 5) == TokenFlights.Landed(told: [2]))
    _ = flights.enter("a", now: 5)
    for _ in 0..<TokenFlights.maximumWaiting { _ = flights.enter("a", now: 5) }
    #expect(flights.enter("a", now: 5) == .refused(.busy))
    flights.leave("a", 4)
    let turn = flights.enter("a", now: 5)
    #expect(turn == .wait(UInt64(TokenFlights.maximumWaiting) + 3))
  }

  @Test("A task that is cancelled waits no longer, and whoever waits beside it is told how the fetch ended")
  func cancelled() async {
    let desk = TokenDesk()
    #expect(await desk.enter("a", CredentialsRead(), now: 0) == .lead)
    let leaving = Task { await desk.enter("a", CredentialsRead(), now: 0) }
    let staying = Task { await desk.enter("a", CredentialsRead(), now: 0) }
    while desk.waitingCount < 2 { await Task.yield() }
    leaving.cancel()
    #expect(await leaving.value == .left)
    #expect(desk.waitingCount == 1)
    desk.land("a", .fetched, now: 1)
    #expect(await staying.value == .landed)
  }

  @Test("A fetch that is carried is not its leader's: he may leave as the others may, and it ends for them")
  func carried() async {
    let desk = TokenDesk()
    let carrying = Task { await desk.carry() }
    while !desk.isCarried { await Task.yield() }
    let (gate, opening) = AsyncStream<Void>.makeStream()
    let leading = Task {
      await desk.enter("a", CredentialsRead(), now: 0) {
        for await _ in gate {}
        desk.land("a", .fetched, now: 1)
      }
    }
    while desk.waitingCount < 1 { await Task.yield() }
    let waiting = Task { await desk.enter("a", CredentialsRead(), now: 0) }
    while desk.waitingCount < 2 { await Task.yield() }
    leading.cancel()
    #expect(await leading.value == .left)
    #expect(desk.waitingCount == 1)
    opening.finish()
    #expect(await waiting.value == .landed)
    desk.close()
    await carrying.value
    #expect(!desk.isCarried)
    // From now on whoever leads fetches himself.
    let last = await desk.enter("a", CredentialsRead(), now: 2, carrying: {})
    #expect(last == .lead)
  }

  @Test("A token is at hand from when it was seen until it is not fresh any more, or is gone")
  func atHand() {
    let desk = TokenDesk()
    let now = Instant(millisecondsSinceEpoch: 1_764_000_000_000)
    #expect(!desk.isAtHand("a", at: now))
    desk.noteAtHand("a", until: now.advanced(byMilliseconds: 10))
    #expect(desk.isAtHand("a", at: now.advanced(byMilliseconds: 9)))
    #expect(!desk.isAtHand("a", at: now.advanced(byMilliseconds: 10)))
    desk.noteAtHand("a", until: nil)
    #expect(desk.isAtHand("a", at: now.advanced(byMilliseconds: 1_000_000_000)))
    #expect(!desk.isAtHand("b", at: now))
    desk.noteMissing("a")
    #expect(!desk.isAtHand("a", at: now))
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

  @Test("A new credential lets what failed with the old one be tried at once, from the first rest on, and nothing else")
  func changed() {
    var flights = TokenFlights()
    for key in ["a", "ab"] {
      for now: Int64 in [0, 1_000] {
        let read = flights.reading([.integration(key), .secret("kv/\(key)")])
        _ = flights.enter(key, read, now: now)
        _ = flights.land(key, .failed(.invalidClient), now: now)
      }
    }
    flights.changed(.secret("kv/a"))
    #expect(flights.restEnd("a") == nil)
    #expect(flights.restEnd("ab") == 3_000)
    let read = flights.reading([.integration("a"), .secret("kv/a")])
    #expect(flights.enter("a", read, now: 1_001) == .lead)
    #expect(flights.enter("ab", now: 1_001) == .refused(.invalidClient))
    #expect(flights.land("a", .failed(.invalidClient), now: 1_001).until == 2_001)
  }

  @Test(
    "A fetch under way at a change begins no rest: who waited with the old credential is told, who has the new one asks",
    arguments: [ChangedCredential.integration("a"), .secret("kv/a")])
  func changedUnderWay(source: ChangedCredential) {
    var flights = TokenFlights()
    let sources: Set<ChangedCredential> = [.integration("a"), .secret("kv/a")]
    let old = flights.reading(sources)
    #expect(flights.enter("a", old, now: 0) == .lead)
    #expect(flights.enter("a", old, now: 0) == .wait(1))
    flights.changed(source)
    let new = flights.reading(sources)
    #expect(flights.enter("a", old, now: 1) == .wait(2))
    #expect(flights.enter("a", new, now: 1) == .wait(3))
    let landed = flights.land("a", .failed(.invalidClient), now: 5)
    #expect(landed == TokenFlights.Landed(told: [1, 2], lookingAgain: [3], until: 5))
    #expect(flights.restEnd("a") == nil)
    // The one that looks again leads; that the new one fails as well counts as the first time.
    #expect(flights.enter("a", new, now: 5) == .lead)
    #expect(flights.land("a", .failed(.invalidClient), now: 5).until == 1_005)
    #expect(flights.enter("a", new, now: 6) == .refused(.invalidClient))
  }

  @Test("Whoever asks late with a credential that was changed before begins no rest either")
  func late() {
    var flights = TokenFlights()
    let old = flights.reading([.integration("a")])
    flights.changed(.integration("a"))
    #expect(flights.enter("a", old, now: 0) == .lead)
    #expect(flights.land("a", .failed(.invalidClient), now: 0).until == 0)
    let new = flights.reading([.integration("a")])
    #expect(flights.enter("a", new, now: 0) == .lead)
  }

  @Test("A token that came for the credential of before is one for all who waited")
  func fetchedMeanwhile() {
    var flights = TokenFlights()
    let old = flights.reading([.integration("a")])
    _ = flights.enter("a", old, now: 0)
    _ = flights.enter("a", old, now: 0)
    flights.changed(.integration("a"))
    let new = flights.reading([.integration("a")])
    _ = flights.enter("a", new, now: 0)
    #expect(flights.land("a", .fetched, now: 1) == TokenFlights.Landed(told: [1, 2]))
  }

  @Test("At the desk a refusal of the old credential reaches those who have it, and nobody who has the new one")
  func deskChanged() async {
    let desk = TokenDesk()
    let old = desk.reading([.secret("kv/a")])
    #expect(await desk.enter("a", old, now: 0) == .lead)
    desk.secretChanged(at: "kv/a")
    let new = desk.reading([.secret("kv/a")])
    async let before = desk.enter("a", old, now: 0)
    async let after = desk.enter("a", new, now: 0)
    while desk.waitingCount < 2 { await Task.yield() }
    #expect(desk.land("a", .failed(.invalidClient), now: 7) == 7)
    let turns = await (before, after)
    #expect(turns.0 == .refused(.invalidClient, until: 7))
    #expect(turns.1 == .landed)
    #expect(await desk.enter("a", new, now: 7) == .lead)
  }

  @Test("Changes are remembered by name up to a number; behind it all that was read before counts as outdated")
  func changesAreBounded() {
    var changes = CredentialChanges()
    let first = changes.reading([.secret("kv/never")])
    for number in 0..<CredentialChanges.maximumSources { changes.note(.secret("kv/\(number)")) }
    #expect(!changes.isOutdated(first))
    changes.note(.secret("kv/0"))
    #expect(!changes.isOutdated(first))
    changes.note(.secret("kv/one more"))
    #expect(changes.sourceCount <= CredentialChanges.maximumSources)
    #expect(changes.isOutdated(first))
    let later = changes.reading([.secret("kv/never")])
    #expect(!changes.isOutdated(later))
    changes.note(.secret("kv/never"))
    #expect(changes.isOutdated(later))
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
      switch random.next() % 5 {
      case 4:
        guard let number = waiting[key]?.min() else { continue }
        flights.leave(key, number)
        waiting[key]?.remove(number)
      case 0, 1:
        let read = random.next() % 2 == 0 ? CredentialsRead(sources: [.secret(key)]) : flights.reading([.secret(key)])
        switch flights.enter(key, read, now: now) {
        case .lead:
          #expect(leading.insert(key).inserted)
        case .wait(let number):
          #expect(leading.contains(key))
          #expect(waiting[key, default: []].insert(number).inserted)
        case .refused: #expect(!leading.contains(key))
        }
      case 2: flights.changed(.secret(key))
      default:
        let landing: TokenFlights.Landing =
          [.fetched, .failed(.timeout), .abandoned][Int(random.next() % 3)]
        let landed = flights.land(key, landing, now: now)
        let told = landed.told + landed.lookingAgain
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
