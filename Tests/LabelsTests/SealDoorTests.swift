import Keyring
import Testing

@testable import Labels

@Suite("SealDoor")
struct SealDoorTests {
  private static func context(_ name: String = "note", generation: UInt64 = 1) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .variable, table: "sealed_row", row: "runbook:r", column: "variable/\(name)",
      context: [Array("r".utf8), Array(name.utf8), Array(String(generation).utf8)], version: generation)
  }

  private static func runContext(_ run: String, version: UInt64) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .runValue, table: "event", row: "\(run)/1", column: "values", context: [Array(run.utf8)],
      version: version)
  }

  @Test("A value comes back with content, spans and labels as it left")
  func roundTrip() throws {
    let test = try TestKeyring("seal-round-trip")
    let text = Samples.pieces([("a", .clear), ("b", Samples.stored), ("", Samples.variable)], form: .text)
    let envelope = try SealDoor.seal(text, with: test.keyring, in: Self.context())
    let back = try SealDoor.open(envelope, with: test.keyring, in: Self.context())
    #expect(back.bytes == text.bytes && back.spans == text.spans && back.label == text.label)
  }

  @Test("A sealed value opens in its own context only")
  func otherContext() throws {
    let test = try TestKeyring("seal-context")
    let envelope = try SealDoor.seal(Samples.text("x", Samples.stored), with: test.keyring, in: Self.context())
    for other in [Self.context("other"), Self.context(generation: 2)] {
      #expect(throws: DoorRefusal.self) { try SealDoor.open(envelope, with: test.keyring, in: other) }
    }
    test.keyring.wipe()
    #expect(throws: DoorRefusal.cannotOpen(.sealed)) {
      try SealDoor.open(envelope, with: test.keyring, in: Self.context())
    }
  }

  @Test("What is sealed under a context by somebody else is no value")
  func damaged() throws {
    let test = try TestKeyring("seal-damaged")
    let envelope = try test.keyring.seal([1, 2, 3], in: Self.context())
    #expect(throws: DoorRefusal.value(.damaged)) {
      try SealDoor.open(envelope, with: test.keyring, in: Self.context())
    }
  }

  @Test("The values of an event go into one envelope under the run's key and come back under their numbers")
  func runValues() throws {
    let test = try TestKeyring("seal-run")
    let key = try test.keyring.runKeys.allocate()
    var table = ValueTable()
    let first = try table.insert(Samples.text("one", Samples.stored))
    let second = try table.insert(Samples.pieces([("x", .clear), ("two", Samples.variable)]))
    let context = Self.runContext("run", version: 1)
    let envelope = try SealDoor.seal([second.id, first.id], of: table, with: key, in: context)
    var rebuilt = ValueTable()
    let handles = try SealDoor.open(envelope, into: &rebuilt, with: key, in: context)
    #expect(handles == [second, first])
    #expect(Samples.string(try rebuilt.text(second)) == "xtwo")
    #expect(rebuilt.nextID == table.nextID)
    let other = try test.keyring.runKeys.allocate()
    #expect(throws: DoorRefusal.self) { try SealDoor.open(envelope, into: &rebuilt, with: other, in: context) }
    #expect(throws: DoorRefusal.self) {
      try SealDoor.open(envelope, into: &rebuilt, with: key, in: Self.runContext("run", version: 2))
    }
    #expect(throws: DoorRefusal.value(.damaged)) {
      try SealDoor.seal([ValueID(raw: 99)], of: table, with: key, in: context)
    }
  }

  @Test("A table that is full takes no more values from disk either")
  func bounded() throws {
    let test = try TestKeyring("seal-bounded")
    let key = try test.keyring.runKeys.allocate()
    var table = ValueTable()
    let handle = try table.insert(Samples.text("0123456789"))
    let context = Self.runContext("run", version: 1)
    let envelope = try SealDoor.seal([handle.id], of: table, with: key, in: context)
    var small = ValueTable(maximumBytes: 5)
    #expect(throws: DoorRefusal.value(.tooLarge(limit: 5))) {
      try SealDoor.open(envelope, into: &small, with: key, in: context)
    }
  }

  @Test("A verification key has the value's bytes, in secret memory")
  func verificationKey() {
    let key = SealDoor.verificationKey(Samples.text("key", Samples.stored))
    #expect(key.withBytes { Array($0) } == Array("key".utf8))
  }
}
