import Destinations
import Testing

@testable import Server

@Suite("BodyBudget")
struct BodyBudgetTests {
  private static let sizes = BodyBudget.Sizes(starts: 100, tokens: 50, others: 10, endpoint: 40, caller: 30)

  private static func caller(_ number: Int) -> IPAddress? { IPAddress("203.0.113.\(number)") }

  private static func start(_ id: String, _ number: Int) -> BodyHolder {
    BodyHolder(purpose: .start(id: id), caller: caller(number))
  }

  @Test("A body that has not come takes nothing")
  func announced() {
    let budget = BodyBudget(Self.sizes)
    let waiting = (1...200).map { _ in budget.reservation(for: Self.start("a", 1)) }
    #expect(budget.count == 0)
    let other = budget.reservation(for: Self.start("a", 2))
    #expect(other.take(30))
    #expect(waiting.allSatisfy { $0.count == 0 })
  }

  @Test("A caller has no more than its share, however many connections and endpoints it uses")
  func callers() {
    let budget = BodyBudget(Self.sizes)
    let some = (1...6).map { budget.reservation(for: Self.start("r\($0)", 1)) }
    #expect(some.map { $0.take(10) } == [true, true, true, false, false, false])
    // A network of IPv6 is one caller; one that nobody can name has no share.
    let six = ["2001:db8::1", "2001:db8::2"].map {
      budget.reservation(for: BodyHolder(purpose: .start(id: "six"), caller: IPAddress($0)))
    }
    #expect(six.map { $0.take(20) } == [true, false])
    let nobody = budget.reservation(for: BodyHolder(purpose: .start(id: "r1"), caller: nil))
    #expect(nobody.take(30))
  }

  @Test("An endpoint has no more than its share, and all starts no more than theirs")
  func endpoints() {
    let budget = BodyBudget(Self.sizes)
    let one = (1...3).map { budget.reservation(for: Self.start("a", $0)) }
    #expect(one.map { $0.take(20) } == [true, true, false])
    let rest = (11...14).map { budget.reservation(for: Self.start("b\($0)", $0)) }
    #expect(rest.map { $0.take(20) } == [true, true, true, false])
    #expect(budget.count == 100)
  }

  @Test("Starts, holders of tokens and all others cannot close one another")
  func parts() {
    let budget = BodyBudget(Self.sizes)
    let starts = (1...5).map { budget.reservation(for: Self.start("r\($0)", $0)) }
    #expect(starts.allSatisfy { $0.take(20) })
    let full = budget.reservation(for: Self.start("r9", 9))
    #expect(!full.take(1))
    let other = budget.reservation(for: BodyHolder(purpose: .other, caller: Self.caller(1)))
    #expect(other.take(10) && !other.take(1))
    // The caller's share of starts is used up too, and says nothing here.
    let token = budget.reservation(for: BodyHolder(purpose: .token, caller: Self.caller(1)))
    #expect(token.take(30) && !token.take(1))
  }

  @Test("What is refused takes nothing of any share, and what is given back leaves no trace")
  func giving() {
    let budget = BodyBudget(Self.sizes)
    let one = budget.reservation(for: Self.start("a", 1))
    #expect(one.take(30) && !one.take(1) && one.take(0))
    #expect(one.count == 30)
    one.giveBack()
    one.giveBack()
    #expect(budget.isEmpty && one.count == 0)
    do {
      let lost = budget.reservation(for: Self.start("a", 1))
      #expect(lost.take(5))
      #expect(!budget.isEmpty)
    }
    #expect(budget.isEmpty, "a body that nobody holds any more")
    let again = budget.reservation(for: Self.start("a", 1))
    #expect(again.take(30))
  }

  @Test("A body has ten seconds, a second more for each 16 KiB that has come, and a minute at most")
  func pace() {
    #expect(BodyPace.allowance(received: 0) == .seconds(10))
    #expect(BodyPace.allowance(received: 1) == .seconds(10))
    #expect(BodyPace.allowance(received: 16 << 10) == .seconds(11))
    #expect(BodyPace.allowance(received: 1 << 20) == .seconds(60))
    #expect(BodyPace.allowance(received: 4 << 20) == .seconds(60))
  }
}
