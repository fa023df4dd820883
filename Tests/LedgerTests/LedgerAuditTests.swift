import Encodings
import Ledger
import TestSupport
import Testing

@Suite("LedgerAudit")
struct LedgerAuditTests {
  private let rows: [LedgerRow]
  private let states: [LedgerState]
  private let newest: SignedHead

  init() throws {
    (rows, states) = LedgerSamples.ledger()
    newest = try LedgerSamples.head(try #require(states.last))
  }

  /// The rows as a table gives them back: numbered anew, whatever their texts say.
  private func renumbered(_ rows: [LedgerRow]) -> [LedgerRow] {
    rows.enumerated().map { LedgerRow(index: UInt64($0), bytes: $1.bytes) }
  }

  private func fault(_ rows: [LedgerRow], heads: [SignedHead]? = nil, kept: [SignedHead] = []) -> LedgerFault? {
    LedgerSamples.fault(LedgerSamples.verdict(renumbered(rows), heads: heads ?? [newest], kept: kept))
  }

  @Test("A ledger as it was written is sound, with any of its heads, and says how many rows no head covers")
  func sound() throws {
    let heads = try states.map { try LedgerSamples.head($0) }
    let report = try LedgerSamples.verdict(rows, heads: heads, kept: [heads[3]], state: states.last).get()
    #expect(report.size == 21 && report.root == states.last?.root && report.heads == 23 && report.unsignedRows == 0)
    #expect(try LedgerSamples.verdict(rows, heads: [heads[13]]).get().unsignedRows == 8)
    #expect(try LedgerSamples.verdict(rows).get().unsignedRows == 21)
    #expect(try LedgerSamples.verdict([], heads: [heads[0]]).get().size == 0)
  }

  @Test("Every single-bit change of every row is noticed, and the row is named", arguments: 0..<5)
  func bits(_ number: Int) throws {
    let few = Array(rows.prefix(5))
    let head = try LedgerSamples.head(states[5])
    for place in few[number].bytes.indices {
      for bit in 0..<8 {
        var changed = few
        var bytes = changed[number].bytes
        bytes[place] ^= 1 << UInt8(bit)
        changed[number] = LedgerRow(index: UInt64(number), bytes: bytes)
        let fault = fault(changed, heads: [head])
        if number == 4, fault == .rewritten(firstSuspect: 0, size: 5) {
          // No row follows the last one: only the head knows it, and the head cannot say which row it was.
          continue
        }
        #expect(fault == .changed(row: UInt64(number)), "byte \(place), bit \(bit)")
      }
    }
  }

  @Test("With a head before it, a change of the last row is confined to the rows since that head")
  func lastRow() throws {
    var changed = rows
    changed[20] = LedgerRow(index: 20, bytes: rows[20].bytes.map { $0 == UInt8(ascii: "k") ? UInt8(ascii: "K") : $0 })
    #expect(
      fault(changed, heads: [try LedgerSamples.head(states[20]), newest]) == .rewritten(firstSuspect: 20, size: 21))
  }

  @Test("A change of the last row that head 13 covers is noticed even where no later head is", arguments: 0..<13)
  func middleHead(_ number: Int) throws {
    var changed = rows
    changed[number] = LedgerRow(index: UInt64(number), bytes: rows[number].bytes + [0x20])
    #expect(fault(changed, heads: [try LedgerSamples.head(states[13])]) == .changed(row: UInt64(number)))
  }

  @Test("A deleted row is named; the last one is a truncation", arguments: 0..<21)
  func deleted(_ number: Int) {
    var left = rows
    left.remove(at: number)
    #expect(fault(left) == (number == 20 ? .truncated(rows: 20, size: 21) : .deleted(row: UInt64(number))))
    // The table's own numbers show the gap as well.
    #expect(LedgerSamples.fault(LedgerSamples.verdict(left, heads: [newest])) == fault(left))
  }

  @Test(
    "An inserted row is named: a copy, one with an invented number, one that claims a written row's number",
    arguments: 0...20)
  func inserted(_ number: Int) throws {
    let odd = LedgerRow(
      index: 0,
      bytes: Array(
        String(decoding: rows[number].bytes, as: UTF8.self).replacing("\"seq\":\(number),", with: "\"seq\":99,").utf8))
    let forged = try #require(
      LedgerAppend.append(
        state: states[number],
        entries: [LedgerDraft(kind: .runEvent, actor: .run("x"), action: "a", subject: "", outcome: "ok")],
        at: LedgerSamples.start
      ).rows.first)
    for (extra, place) in [(rows[number], number + 1), (rows[0], number + 1), (odd, number), (forged, number)] {
      var more = rows
      more.insert(extra, at: place)
      #expect(fault(more) == .inserted(row: UInt64(place)), "at \(place)")
    }
    guard number < 20 else { return }
    var later = rows
    later.insert(rows[20], at: number)
    #expect(fault(later) == .inserted(row: UInt64(number)))
  }

  @Test("Two rows that changed places are noticed at the first place", arguments: 0..<20)
  func swapped(_ first: Int) {
    for second in first + 1..<21 {
      var moved = rows
      moved.swapAt(first, second)
      #expect(fault(moved) == .reordered(row: UInt64(first)), "\(first) and \(second)")
    }
  }

  @Test("A row that was moved to another place is noticed", arguments: 0..<21)
  func moved(_ from: Int) {
    for to in 0..<21 where to != from {
      var moved = rows
      moved.insert(moved.remove(at: from), at: to)
      let first = UInt64(min(from, to))
      #expect(fault(moved) == .reordered(row: first) || fault(moved) == .inserted(row: first), "\(from) to \(to)")
    }
  }

  @Test("Truncation is noticed at every length against the newest head", arguments: 0..<21)
  func truncated(_ count: Int) {
    #expect(fault(Array(rows.prefix(count))) == .truncated(rows: UInt64(count), size: 21))
  }

  @Test("A row whose number in the table is another is noticed")
  func misplaced() {
    var wrong = rows
    wrong[5] = LedgerRow(index: 7, bytes: rows[5].bytes)
    #expect(LedgerSamples.fault(LedgerSamples.verdict(wrong, heads: [newest])) == .misplaced(row: 5))
  }

  /// The ledger that somebody makes who replaces one row and then writes all later ones anew.
  private func rewritten(_ number: Int) -> (rows: [LedgerRow], states: [LedgerState]) {
    var drafts = LedgerSamples.drafts
    drafts[number].outcome = "forged"
    return LedgerSamples.ledger(drafts)
  }

  @Test("A row that was replaced and all later ones made to fit is caught by the signed head", arguments: 0..<21)
  func rewriting(_ number: Int) throws {
    let forged = rewritten(number)
    #expect(fault(forged.rows) == .rewritten(firstSuspect: 0, size: 21))
    let old = try LedgerSamples.head(states[number])
    #expect(fault(forged.rows, heads: [old, newest]) == .rewritten(firstSuspect: UInt64(number), size: 21))
  }

  @Test("Against a head kept outside, an older ledger is rolled back, another one no continuation")
  func since() throws {
    let kept = try LedgerSamples.head(states[13])
    let older = Array(rows.prefix(10))
    let olderHead = try LedgerSamples.head(states[10])
    #expect(fault(older, heads: [olderHead]) == nil)
    #expect(fault(older, heads: [olderHead], kept: [kept]) == .rolledBack(rows: 10, size: 13))
    // The forger has the key here: his own head agrees, the one kept outside does not.
    let forged = rewritten(4)
    let forgedHead = try LedgerSamples.head(try #require(forged.states.last))
    #expect(fault(forged.rows, heads: [forgedHead]) == nil)
    #expect(fault(forged.rows, heads: [forgedHead], kept: [kept]) == .notAContinuation(size: 13))
    // What was rewritten after the kept head, that head cannot see.
    let later = rewritten(15)
    #expect(fault(later.rows, heads: [try LedgerSamples.head(try #require(later.states.last))], kept: [kept]) == nil)
  }

  @Test("Heads of one size that disagree cannot both be satisfied")
  func fork() throws {
    let forged = rewritten(4)
    let other = try LedgerSamples.head(try #require(forged.states.last))
    #expect(
      fault(rows, heads: [newest], kept: [other]) != nil && fault(forged.rows, heads: [newest], kept: [other]) != nil)
  }

  @Test("The head of the empty ledger is compared before the first row")
  func emptyLedger() throws {
    #expect(fault([], heads: [newest]) == .truncated(rows: 0, size: 21))
    #expect(fault([], heads: [], kept: [newest]) == .rolledBack(rows: 0, size: 21))
  }

  @Test("A stored state that does not follow from the rows is noticed")
  func state() {
    for (size, state) in states.enumerated() {
      let verdict = LedgerSamples.verdict(rows, state: state)
      #expect(LedgerSamples.fault(verdict) == (size == 21 ? nil : .stateDisagrees))
    }
    let forged = rewritten(20)
    #expect(LedgerSamples.fault(LedgerSamples.verdict(rows, state: forged.states.last)) == .stateDisagrees)
    // Only the hash of the last entry is another: at an even size it is in no other place of the state.
    var bytes = states[20].serialised
    bytes[20] ^= 1
    let verdict = LedgerSamples.verdict(Array(rows.prefix(20)), state: LedgerState(serialised: bytes))
    #expect(LedgerSamples.fault(verdict) == .stateDisagrees)
  }

  @Test(
    "A row in another spelling of its number is none, even where no hash speaks against it",
    arguments: ["00", "+0", ""])
  func spelling(_ number: String) {
    let text = String(decoding: rows[0].bytes, as: UTF8.self).replacing("\"seq\":0", with: "\"seq\":\(number)")
    #expect(fault([LedgerRow(index: 0, bytes: Array(text.utf8))], heads: []) == .changed(row: 0))
  }

  @Test("Rows of later kinds and with more keys verify")
  func unknownKinds() throws {
    let text = String(decoding: rows[0].bytes, as: UTF8.self)
    let later = LedgerRow(index: 0, bytes: Array(text.replacing("\"ceremony\"", with: "\"later\",\"new\":1").utf8))
    #expect(LedgerEntry(later.bytes) == nil)
    #expect(throws: Never.self) { try LedgerSamples.verdict([later]).get() }
  }

  @Test("Whatever is done to the rows is noticed, at the first difference or beside it", arguments: 0..<40)
  func anyChange(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let original = rows.map(\.bytes)
    for _ in 0..<25 {
      var changed = original
      for _ in 0..<random.number(in: 1...3) {
        let place = random.number(in: 0...max(0, changed.count - 1))
        switch random.number(in: 0...4) {
        case 0 where !changed.isEmpty: changed.remove(at: place)
        case 1: changed.insert(random.element(of: rows)?.bytes ?? [], at: place)
        case 2 where !changed.isEmpty: changed.swapAt(place, random.number(in: 0...changed.count - 1))
        case 3 where !changed.isEmpty && !changed[place].isEmpty:
          changed[place][random.number(in: 0...changed[place].count - 1)] ^= UInt8(1 << random.number(in: 0...7))
        default: changed = Array(changed.prefix(place))
        }
      }
      let found = fault(changed.map { LedgerRow(index: 0, bytes: $0) })
      let first = zip(changed, original).prefix { $0 == $1 }.count
      // A row is known by the row after it. Where that one was tampered with as well, the row before or after the first
      // difference may be named.
      switch found {
      case nil: #expect(changed == original, "seed \(seed)")
      case .changed(let row), .deleted(let row), .inserted(let row), .reordered(let row):
        #expect(abs(Int(row) - first) <= 1, "seed \(seed): \(found?.message ?? "") instead of \(first)")
      case .truncated(let count, _): #expect(Int(count) == changed.count && changed.count - first <= 1, "seed \(seed)")
      case .rewritten(let row, _): #expect(row <= first && first == 20, "seed \(seed)")
      default: Issue.record("seed \(seed): \(found?.message ?? "")")
      }
    }
  }

  @Test("Every fault has a sentence of its own")
  func messages() {
    let faults: [LedgerFault] = [
      .changed(row: 1), .deleted(row: 1), .inserted(row: 1), .reordered(row: 1), .misplaced(row: 1),
      .truncated(rows: 1, size: 2), .rewritten(firstSuspect: 1, size: 2), .rolledBack(rows: 1, size: 2),
      .notAContinuation(size: 2), .stateDisagrees, .malformedHead(step: "x"), .unknownKey, .wrongSignature,
      .otherOrigin,
      .malformedKey, .malformedExport(line: 3),
    ]
    #expect(Set(faults.map(\.message)).count == faults.count)
  }
}
