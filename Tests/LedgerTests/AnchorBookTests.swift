import Encodings
import TestSupport
import Testing

@testable import Ledger

@Suite("AnchorBook")
struct AnchorBookTests {
  static func anchor(_ row: String, version: UInt64 = 1, _ byte: UInt8 = 1) -> LedgerAnchor {
    LedgerAnchor(table: "token", row: row, version: version, envelope: [UInt8](repeating: byte, count: 32))
  }

  static let other = LedgerDraft(kind: .policy, actor: .service, action: "save", subject: "p", outcome: "ok")
  static let refusal = LedgerDraft(kind: .refusalSummary, actor: .service, action: "refuse", subject: "", outcome: "ok")

  /// Rows and the state after them.
  static func ledger(_ drafts: [LedgerDraft]) -> (rows: [LedgerRow], state: LedgerState) {
    LedgerAppend.append(state: LedgerState(), entries: drafts, at: LedgerSamples.start)
  }

  static func read(
    _ rows: some Sequence<LedgerRow>, from checkpoint: AnchorCheckpoint = AnchorCheckpoint(), to head: SignedHead?,
    stored: LedgerState
  ) -> Result<AnchorCheckpoint, LedgerFault> {
    var reading = AnchorReading(from: checkpoint, to: head)
    do throws(LedgerFault) {
      for row in rows { try reading.take(row) }
      return .success(try reading.finish(stored: stored))
    } catch {
      return .failure(error)
    }
  }

  @Test("The newest anchor of a place stands, older ones and deleted rows do not")
  func newest() throws {
    let old = Self.anchor("a")
    let new = Self.anchor("a", version: 2)
    let (rows, state) = Self.ledger(
      LedgerDraft.anchors([old, Self.anchor("b")]) + [Self.other]
        + LedgerDraft.anchors([new, .gone(table: "token", row: "b")]))
    let book = try Self.read(rows, to: LedgerSamples.head(state), stored: state).get().book
    #expect(book.holds(new))
    #expect(!book.holds(old))
    #expect(!book.holds(Self.anchor("b")))
    #expect(!book.holds(Self.anchor("a", version: 2, 9)))
    #expect(book.count(of: "token") == 1)
  }

  @Test(
    "More anchors than an entry holds go into several entries, and all are read back", arguments: [0, 1, 16, 17, 40])
  func many(count: Int) throws {
    let anchors = (0..<count).map { Self.anchor("row-\($0)", version: UInt64.max, UInt8($0)) }
    let drafts = LedgerDraft.anchors(anchors)
    #expect(drafts.count == (count + 15) / 16)
    let (rows, state) = Self.ledger(drafts)
    let book = try Self.read(rows, to: count == 0 ? nil : LedgerSamples.head(state), stored: state).get().book
    #expect(anchors.allSatisfy { book.holds($0) })
  }

  @Test("A name that an entry would cut or clean stands as its hash, and two such names differ")
  func names() {
    #expect(LedgerAnchor.rowName("runbook/ask-1.2_x") == "runbook/ask-1.2_x")
    let long = String(repeating: "a", count: 129)
    for name in [long, "a b", "ä", "a\u{202E}b", "a\nb"] {
      #expect(LedgerAnchor.rowName(name).hasPrefix("leaf:"), "\(name.utf8.count) bytes")
    }
    #expect(LedgerAnchor.rowName(long) != LedgerAnchor.rowName(long + "a"))
  }

  @Test("A checkpoint is read back as it was, and every changed byte of it is either refused or shows")
  func checkpoint() throws {
    let (rows, state) = Self.ledger(LedgerDraft.anchors((0..<5).map { Self.anchor("row-\($0)", UInt8($0 + 1)) }))
    let reached = try Self.read(rows, to: LedgerSamples.head(state), stored: state).get()
    let bytes = reached.serialised
    #expect(AnchorCheckpoint(serialised: bytes) == reached)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x41
      #expect(AnchorCheckpoint(serialised: changed) != reached)
      #expect(AnchorCheckpoint(serialised: Array(bytes[..<index])) != reached)
    }
  }

  @Test("A reading that begins at any checkpoint ends as one that begins at the first row")
  func everyCheckpoint() throws {
    let drafts = (0..<9).flatMap { number in
      LedgerDraft.anchors([Self.anchor("row-\(number % 4)", version: UInt64(number), UInt8(number + 1))]) + [Self.other]
    }
    let (rows, state) = Self.ledger(drafts)
    let head = try LedgerSamples.head(state)
    let whole = try Self.read(rows, to: head, stored: state).get()
    for start in 0...rows.count {
      let (_, partial) = Self.ledger(Array(drafts[..<start]))
      let checkpoint = try Self.read(
        rows[..<start], to: start == 0 ? nil : LedgerSamples.head(partial), stored: partial
      ).get()
      let went = Self.read(rows[start...], from: checkpoint, to: head, stored: state)
      #expect(went == .success(whole), "from \(start)")
    }
  }

  @Test("After the signed head only refusals may follow")
  func unsigned() throws {
    let (_, signed) = Self.ledger([Self.other])
    let head = try LedgerSamples.head(signed)
    let (good, goodState) = Self.ledger([Self.other, Self.refusal, Self.refusal])
    #expect((try? Self.read(good, to: head, stored: goodState).get()) != nil)
    let (bad, badState) = Self.ledger([Self.other, Self.refusal] + LedgerDraft.anchors([Self.anchor("a")]))
    #expect(Self.read(bad, to: head, stored: badState) == .failure(.unsigned(row: 2)))
    let (none, noneState) = Self.ledger([Self.other])
    #expect(Self.read(none, to: nil, stored: noneState) == .failure(.unsigned(row: 0)))
  }

  @Test("Rows that were cut, replaced, or disagree with the stored state are refused")
  func broken() throws {
    let (rows, state) = Self.ledger([Self.other, Self.other, Self.other])
    let head = try LedgerSamples.head(state)
    #expect(Self.read(rows[..<2], to: head, stored: state) == .failure(.truncated(rows: 2, size: 3)))
    #expect(Self.read([rows[0], rows[2]], to: head, stored: state) == .failure(.misplaced(row: 2)))
    let (others, otherState) = Self.ledger([Self.other, Self.refusal, Self.other])
    #expect(Self.read(others, to: head, stored: otherState) == .failure(.rewritten(firstSuspect: 0, size: 3)))
    #expect(Self.read([rows[0], others[1], rows[2]], to: head, stored: state) == .failure(.changed(row: 2)))
    #expect(Self.read(rows, to: head, stored: otherState) == .failure(.stateDisagrees))
    // A checkpoint at the head's own size has no row left to compare.
    let foreign = AnchorCheckpoint(state: otherState, book: AnchorBook())
    #expect(
      Self.read([], from: foreign, to: head, stored: otherState) == .failure(.rewritten(firstSuspect: 0, size: 3)))
  }
}
