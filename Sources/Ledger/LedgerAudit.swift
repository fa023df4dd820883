/// What a sound ledger was found to be.
package struct LedgerReport: Equatable, Sendable {
  /// The number of rows, and the root over them.
  package let size: UInt64
  package let root: MerkleHash
  /// The signed heads that the rows were compared with.
  package let heads: Int
  /// Rows after the newest of those heads: nothing signed speaks for them.
  package let unsignedRows: UInt64
}

/// Verifies a ledger row by row: numbers, the hash of the row before in each row, and the root against every signed
/// head.
///
/// Memory does not grow with the rows. The first wrong row is named: a row that was changed is told from one that was
/// deleted, inserted or moved by the rows after it, so rows are to be pushed to the end unless `isDecided`. (Where
/// the row after the wrong one was tampered with as well, the row beside it may be named.) Where somebody replaced a
/// row and made all later ones fit, no row can tell, and the signed head that disagrees does (`rewritten`).
package struct LedgerAudit: Sendable {
  private struct Expectation {
    var head: SignedHead
    /// Kept outside, so that an older or other ledger is noticed.
    var isKept: Bool
  }

  /// Where the audit stands. Only `following` goes on hashing; the others wait for what the next rows say.
  private enum Phase {
    /// All rows so far fit. Exits: each of the others.
    case following
    /// Row `row` has a wrong hash of the one before it: one of the two was changed. `fixed` is what the frontier would
    /// be had only that field of the row been changed.
    case doubtful(row: UInt64, fixed: MerkleFrontier)
    /// Row `row` is not there; a later one is. `isAligned`: whether the rows go on as if only that number were wrong;
    /// nil until there is a next row.
    case missing(row: UInt64, isAligned: Bool?)
    /// Row `row`, which was missing, has come after all.
    case late(row: UInt64)
    /// At the place of row `row` one with a smaller number stands, `number`, whose leaf hash is given.
    case repeated(row: UInt64, number: UInt64, leaf: MerkleHash)
    /// The root over the rows so far is not the signed one; the next row tells whether the last row is to blame.
    case disagreeing(LedgerFault)
    case decided(LedgerFault)
  }

  /// In order of size; those that are still to be compared.
  private var expectations: [Expectation]
  private var comparedHeads = 0
  private var phase = Phase.following
  private var frontier = MerkleFrontier()
  private var last = MerkleHash.none
  /// The size up to which a head has confirmed the rows.
  private var confirmedSize: UInt64 = 0
  private var pushedRows: UInt64 = 0

  /// `heads` come from the ledger itself, `kept` ones from outside (`--since`): the difference is in what a
  /// disagreement means. All have been verified, which their type says. More than `LedgerLimits.auditedHeads` in all
  /// are a caller's bug.
  package init(heads: [SignedHead] = [], kept: [SignedHead] = []) {
    precondition(heads.count + kept.count <= LedgerLimits.auditedHeads, "more heads than one audit compares with")
    let all = kept.map { Expectation(head: $0, isKept: true) } + heads.map { Expectation(head: $0, isKept: false) }
    // Taken from the end: the smallest stands last.
    expectations = all.sorted { $0.head.size > $1.head.size }
    compareHeads()
  }

  /// Whether no further row can change the verdict.
  package var isDecided: Bool {
    if case .decided = phase { true } else { false }
  }

  /// The next row. Rows come in the order in which they are kept.
  package mutating func push(_ row: LedgerRow) {
    pushedRows += 1
    let header = LedgerEntryHeader(row.bytes)
    switch phase {
    case .decided: return
    case .following: follow(row, header)
    case .doubtful(let number, _): phase = .decided(resolve(doubtful: number, header))
    case .missing(let number, let isAligned): resolve(missing: number, isAligned: isAligned, header)
    case .late(let number):
      // What moved leaves the rows after it in their places; what was inserted does not.
      phase = .decided(header?.sequence == pushedRows - 1 ? .reordered(row: number) : .inserted(row: number))
    case .repeated(let row, let number, let leaf): phase = .decided(resolve(repeated: row, number, leaf, header))
    case .disagreeing(let fault): phase = .decided(resolve(disagreeing: fault, header))
    }
  }

  private mutating func follow(_ row: LedgerRow, _ header: LedgerEntryHeader?) {
    let number = frontier.size
    guard let header else {
      phase = .decided(.changed(row: number))
      return
    }
    guard header.sequence <= number else {
      phase = .missing(row: number, isAligned: nil)
      return
    }
    guard header.sequence == number else {
      phase = .repeated(row: number, number: header.sequence, leaf: row.leaf)
      return
    }
    guard row.index == number else {
      phase = .decided(.misplaced(row: number))
      return
    }
    guard header.previous == last else {
      doubt(row, header)
      return
    }
    last = row.leaf
    frontier.append(last)
    compareHeads()
  }

  private mutating func doubt(_ row: LedgerRow, _ header: LedgerEntryHeader) {
    let number = frontier.size
    // A head has confirmed the row before (or there is none): this one is to blame.
    guard confirmedSize < number else {
      phase = .decided(.changed(row: number))
      return
    }
    var bytes = row.bytes
    bytes.replaceSubrange(header.previousRange, with: LedgerEntryHeader.text(of: last))
    var fixed = frontier
    fixed.append(MerkleHash.leaf(bytes))
    last = row.leaf
    phase = .doubtful(row: number, fixed: fixed)
  }

  /// The row after a doubtful one: what it says of the row before it decides.
  private func resolve(doubtful number: UInt64, _ next: LedgerEntryHeader?) -> LedgerFault {
    guard let next else { return .changed(row: number - 1) }
    if next.sequence == number { return .inserted(row: number) }
    return next.previous == last ? .changed(row: number - 1) : .changed(row: number)
  }

  /// The row after a head that disagrees: it tells whether the last row under that head is to blame alone.
  private func resolve(disagreeing fault: LedgerFault, _ next: LedgerEntryHeader?) -> LedgerFault {
    guard let next, frontier.size > 0, next.sequence != frontier.size || next.previous != last else { return fault }
    let number = frontier.size - 1
    return next.sequence == number ? .inserted(row: number) : .changed(row: number)
  }

  private mutating func resolve(missing number: UInt64, isAligned: Bool?, _ next: LedgerEntryHeader?) {
    if next?.sequence == number {
      phase = .late(row: number)
    } else {
      phase = .missing(row: number, isAligned: isAligned ?? (next?.sequence == number + 1))
    }
  }

  private func resolve(
    repeated row: UInt64, _ number: UInt64, _ leaf: MerkleHash, _ next: LedgerEntryHeader?
  ) -> LedgerFault {
    guard let next, next.sequence != row + 1 else { return .changed(row: row) }
    // Two rows claim the number before: the one that the next row knows is the written one.
    return number + 1 == row && next.previous == leaf && leaf != last ? .inserted(row: number) : .inserted(row: row)
  }

  /// Compares the root with every head of the present size.
  private mutating func compareHeads() {
    while let next = expectations.last, next.head.size == frontier.size {
      expectations.removeLast()
      guard next.head.root == frontier.root else {
        phase = .disagreeing(
          next.isKept
            ? .notAContinuation(size: next.head.size)
            : .rewritten(firstSuspect: confirmedSize, size: next.head.size))
        return
      }
      comparedHeads += 1
      confirmedSize = next.head.size
    }
  }

  /// The verdict after the last row. With `state`, the stored state is compared too.
  package func finish(state: LedgerState? = nil) -> Result<LedgerReport, LedgerFault> {
    if let fault = fault(state: state) { return .failure(fault) }
    return .success(
      LedgerReport(
        size: frontier.size, root: frontier.root, heads: comparedHeads, unsignedRows: frontier.size - confirmedSize))
  }

  /// Whether a head covers more rows than there are.
  private var isShort: Bool { expectations.contains { $0.head.size > pushedRows } }
  /// Whether there are more rows than any head covers, where there is a head at all that has not been reached.
  private var isLong: Bool { !expectations.isEmpty && expectations.allSatisfy { $0.head.size < pushedRows } }

  private func fault(state: LedgerState?) -> LedgerFault? {
    switch phase {
    case .decided(let fault), .disagreeing(let fault): return fault
    case .doubtful(let row, let fixed):
      let isFixed = expectations.contains { $0.head.size == fixed.size && $0.head.root == fixed.root }
      return .changed(row: isFixed ? row : row - 1)
    case .missing(let row, let isAligned): return isAligned ?? !isShort ? .changed(row: row) : .deleted(row: row)
    case .late(let row): return isLong ? .inserted(row: row) : .reordered(row: row)
    case .repeated(let row, _, _):
      return expectations.contains { $0.head.size == pushedRows } ? .changed(row: row) : .inserted(row: row)
    case .following:
      if let short = expectations.first(where: { !$0.isKept }) {
        return .truncated(rows: frontier.size, size: short.head.size)
      }
      if let short = expectations.first { return .rolledBack(rows: frontier.size, size: short.head.size) }
      if let state, state.frontier != frontier || state.last != last { return .stateDisagrees }
      return nil
    }
  }
}
