import Access
import Encodings
import TestSupport
import Testing

@Suite("TokenCheck and TokenUse")
struct TokenCheckTests {
  private func check(_ text: String, found: Token?, now: Instant = Samples.now) -> TokenCheck.Outcome {
    TokenCheck.check(PresentedToken(Array(text.utf8)).lookup(with: Samples.hasher), found: found, now: now)
  }

  private func refusal(_ outcome: TokenCheck.Outcome) -> TokenRefusal? {
    switch outcome {
    case .refused(let refusal): refusal
    case .spent: .spent
    case .live, .takesUse: nil
    }
  }

  @Test("What is no token, what is not found, and what is another row's token is refused")
  func unknown() throws {
    let one = try Samples.root(1)
    let two = try Samples.root(2)
    #expect(refusal(check("", found: nil)) == .malformed)
    #expect(refusal(check("hvs.short", found: one.token)) == .malformed)
    #expect(refusal(check(one.secret.disclosedToHolder(), found: nil)) == .unknown)
    #expect(refusal(check(one.secret.disclosedToHolder(), found: two.token)) == .unknown)
  }

  @Test("Every malformed text is looked up under the same decoy, which no token has")
  func decoy() throws {
    let lookups = ["", "x", "hvs.", String(repeating: "a", count: 5000)].map {
      PresentedToken(Array($0.utf8)).lookup(with: Samples.hasher).hash
    }
    #expect(Set(lookups).count == 1)
    #expect(lookups.first != (try Samples.root()).token.hash)
  }

  @Test("A token is good until the millisecond before its expiry, and not at it")
  func expiry() throws {
    let issued = try Samples.root()
    let expiresAt = try #require(issued.token.state.expiresAt)
    #expect(throws: Never.self) { try Samples.live(issued, at: expiresAt.advanced(byMilliseconds: -1)) }
    #expect(throws: TokenRefusal.expired) { try Samples.live(issued, at: expiresAt) }
  }

  @Test("A revoked token is refused, before anything else is said of it")
  func revoked() throws {
    var token = try Samples.root().token
    token.state.isRevoked = true
    let late = Samples.now.advanced(byMilliseconds: 1 << 40)
    #expect(refusal(check(try Samples.root().secret.disclosedToHolder(), found: token, now: late)) == .revoked)
  }

  @Test("A counted token asks the store for a use first, whatever is left, and is refused with none")
  func counted() throws {
    let issued = try Samples.child(policies: ["ops"], uses: 2)
    let text = issued.secret.disclosedToHolder()
    guard case .takesUse(let pending) = check(text, found: issued.token) else {
      Issue.record("a counted token went in without a use")
      return
    }
    #expect(pending.hash == issued.token.hash)
    #expect(pending.afterStoreTookOneUse().token.state.remainingUses == 1)
    var spent = issued.token
    spent.state.remainingUses = 0
    let outcome = check(text, found: spent)
    #expect(refusal(outcome) == .spent)
    guard case .spent(let token) = outcome else { return }
    #expect(token.forRecall().token.state.remainingUses == 0)
    // One that is also revoked or too old is not even told what it was used for.
    spent.state.isRevoked = true
    #expect(refusal(check(text, found: spent)) == .revoked)
    spent.state.isRevoked = false
    spent.state.expiresAt = Samples.now
    #expect(refusal(check(text, found: spent)) == .expired)
  }

  @Test("Only what has a token's form is taken for one")
  func form() throws {
    let text = Array(try Samples.root(1).secret.disclosedToHolder().utf8)
    #expect(PresentedToken.hasForm(text))
    let others: [[UInt8]] = [
      [], Array(text.dropLast()), text + [0x41], Array("hvx.".utf8) + text.dropFirst(4), text.dropLast() + [0x20],
    ]
    for other in others { #expect(!PresentedToken.hasForm(other)) }
  }

  /// The store as it must be: a compare-and-set on the stored state.
  private struct ModelStore {
    var state: TokenState
    var used = 0

    mutating func takeUse(now: Instant) -> Bool {
      guard case .success(let next) = TokenUse.take(from: state, now: now) else { return false }
      state = next
      used += 1
      return true
    }
  }

  @Test(
    "However requests, revocations and time interleave, a token is used at most as often as granted", arguments: 0..<60)
  func model(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let granted = random.number(in: 1...5)
    let issued = try Samples.child(policies: ["ops"], uses: granted, lifetime: 100, seed: UInt64(seed))
    let text = issued.secret.disclosedToHolder()
    let expiresAt = try #require(issued.token.state.expiresAt)
    var store = ModelStore(state: issued.token.state)
    var now = Samples.now
    var waiting: [PendingUse] = []
    var letIn = 0
    for _ in 0..<40 {
      switch random.number(in: 0...6) {
      case 0...2:
        // A request reads the row now, and takes its use at some later moment.
        var row = issued.token
        row.state = store.state
        let outcome = check(text, found: row, now: now)
        switch outcome {
        case .takesUse(let pending): waiting.append(pending)
        case .live: Issue.record("seed \(seed): let in without a use")
        case .spent, .refused:
          let expected: TokenRefusal = store.state.isRevoked ? .revoked : now >= expiresAt ? .expired : .spent
          #expect(refusal(outcome) == expected, "seed \(seed)")
          #expect(expected != .spent || store.state.remainingUses == 0, "seed \(seed)")
        }
      case 3...4 where !waiting.isEmpty:
        let pending = waiting.remove(at: random.number(in: 0...waiting.count - 1))
        let isGood = !store.state.isRevoked && now < expiresAt && store.used < granted
        if store.takeUse(now: now) {
          #expect(isGood, "seed \(seed)")
          #expect(pending.afterStoreTookOneUse().token.hash == issued.token.hash)
          letIn += 1
        } else {
          #expect(!isGood, "seed \(seed)")
        }
      case 5: now = now.advanced(byMilliseconds: Int64(random.number(in: 0...10)))
      case 6 where random.oneIn(12): store.state.isRevoked = true
      default: break
      }
      #expect(letIn == store.used && letIn <= granted, "seed \(seed)")
      #expect(store.state.remainingUses == granted - letIn, "seed \(seed)")
    }
  }
}
