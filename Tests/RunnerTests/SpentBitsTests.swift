import Encodings
import Keyring
import Labels
import RunEngine
import Storage
import Testing

@testable import Runner

@Suite("SpentBits")
struct SpentBitsTests {
  static let origin = Origin.variable(name: "name")
  static let label = Label(origin: origin, rule: .masked, hosts: .any)
  static let text = """
    runbook: sample
    variables: { name: {} }
    steps:
      check: { verify: { named: deploy }, message: m, signature: s, then: check, else: check }
    """

  /// A run that holds the secret and began with `spent`.
  static func session(_ keyring: Keyring, spent: SpentBits = .none) throws -> RunSession {
    var session = try RunSessionTests.session(keyring, try Samples.bundle(text))
    let handle = try session.insert(try Samples.json("\"secret\"", label: label))
    _ = session.record(.started(at: Samples.now, roots: [:], variables: ["name": handle], spent: spent))
    return session
  }

  static func succeed(_ visits: ClosedRange<Int>, in session: inout RunSession) {
    for visit in visits {
      _ = session.record(.performed(EffectAddress(step: "check", visit: visit), at: Samples.now, variables: [:]))
    }
  }

  @Test("A run that another one started has what is left of that one's bits, after a restart too")
  func handedOn() async throws {
    try await Samples.withKeyring { keyring in
      var parent = try Self.session(keyring)
      try parent.bits.charge(bits: 5, label: Self.label)
      let spent = try #require(parent.spent)
      var child = try Self.session(keyring, spent: spent)
      #expect(child.bits.counts == [Self.origin: 5])
      let stored = try child.takePending()
      var again = try RunSession(
        bundle: child.bundle, row: child.row, key: child.key, registry: Samples.registry(), events: stored)
      #expect(again.bits.counts == [Self.origin: 5])
      try again.bits.charge(bits: 3, label: Self.label)
      #expect(throws: ValueFault.self) { try again.bits.charge(bits: 1, label: Self.label) }
      #expect(again.spent == SpentBits(counts: [Self.origin: 8], steps: 2))
    }
  }

  @Test("A hundred runs that start one another let out what one may")
  func chain() async throws {
    try await Samples.withKeyring { keyring in
      var spent = SpentBits.none
      var out = 0
      for _ in 1...100 {
        var run = try Self.session(keyring, spent: spent)
        for _ in 1...3 where (try? run.bits.charge(bits: 1, label: Self.label)) != nil { out += 1 }
        spent = try #require(run.spent)
      }
      #expect(out == DisclosedBits.defaultLimit)
    }
  }

  @Test("That steps of the runs before did not fail is paid for by the run in which one does")
  func stepsAreHandedOn() async throws {
    try await Samples.withKeyring { keyring in
      var parent = try Self.session(keyring)
      Self.succeed(1...13, in: &parent)
      var child = try Self.session(keyring, spent: try #require(parent.spent))
      #expect(child.counted(.parse) == .parse)
      #expect(child.bits.counts == [Self.origin: 4], "fifteen places at which it can fail are four bits")
      #expect(child.spent?.steps == 0)
    }
  }

  @Test("A run that repeats another one from a step of its middle keeps what that one began with")
  func takenOver() async throws {
    try await Samples.withKeyring { keyring in
      let spent = try #require(SpentBits(counts: [Self.origin: 6], steps: 2))
      var old = try Self.session(keyring, spent: spent)
      let stored = try old.takePending()
      var repetition = try RunSessionTests.session(keyring, try Samples.bundle(Self.text))
      _ = try repetition.takeOver(stored, of: old.id, key: old.key) { $0 }
      #expect(repetition.bits.counts == [Self.origin: 6])
      #expect(repetition.spent == old.spent)
    }
  }

  @Test("What does not fit into a record is not handed on")
  func bounded() {
    let counts = { (count: Int) in
      Dictionary(uniqueKeysWithValues: (0..<count).map { (Origin.response(step: "s\($0)"), 1) })
    }
    #expect(SpentBits(counts: counts(SpentBits.maximumOrigins), steps: 0) != nil)
    #expect(SpentBits(counts: counts(SpentBits.maximumOrigins + 1), steps: 0) == nil)
  }
}
