import Encodings

/// Which rows stand in the store, as the ledger has it: the newest anchor of each place. A row that the book does not
/// hold was put back to an older state, or was never written by the service (docs/spec/ledger.md §2.1).
package struct AnchorBook: Equatable, Sendable {
  private struct Standing: Equatable {
    var version: UInt64
    var digest: [UInt8]
  }

  /// By table, then by row.
  private var tables: [String: [String: Standing]] = [:]

  package init() {}

  /// Takes up newer anchors, in their order.
  package mutating func take(_ anchors: some Sequence<LedgerAnchor>) {
    for anchor in anchors {
      tables[anchor.table, default: [:]][anchor.row] =
        anchor.isGone ? nil : Standing(version: anchor.version, digest: anchor.envelope)
    }
  }

  /// Takes up what a row of the ledger anchors; most anchor nothing. Throws `changed` for an anchor that does not read.
  package mutating func take(_ row: LedgerRow) throws(LedgerFault) {
    guard let header = LedgerEntryHeader(row.bytes) else { throw .changed(row: row.index) }
    let rest = row.bytes[(header.previousRange.upperBound + 2)...]
    guard rest.starts(with: Self.anchorMark) else { return }
    guard let anchors = Self.anchors(of: row.bytes) else { throw .changed(row: row.index) }
    take(anchors)
  }

  /// Whether the row stands there as the anchor has it.
  package func holds(_ anchor: LedgerAnchor) -> Bool {
    tables[anchor.table]?[anchor.row] == Standing(version: anchor.version, digest: anchor.envelope)
  }

  /// How many rows of a table must be there.
  package func count(of table: String) -> Int { tables[table]?.count ?? 0 }

  /// All of it, ordered by table and row.
  package var anchors: [LedgerAnchor] {
    tables.sorted { $0.key < $1.key }.flatMap { table, rows in
      rows.sorted { $0.key < $1.key }.map { row, standing in
        LedgerAnchor(table: table, row: row, version: standing.version, envelope: standing.digest)
      }
    }
  }

  private static let anchorMark = Array(#""kind":"anchor","#.utf8)

  private static func anchors(of entry: [UInt8]) -> [LedgerAnchor]? {
    guard let tape = try? JSONTape(entry), let detail = tape.member(tape.root, "detail"),
      let rows = tape.member(detail, "rows"), tape.kind(rows) == .array
    else { return nil }
    var anchors: [LedgerAnchor] = []
    for row in tape.children(rows) {
      func text(_ key: String) -> String? { tape.member(row, key).flatMap { tape.string($0) } }
      guard let table = text("table"), let name = text("row"),
        let version = tape.member(row, "version").flatMap({ UInt64(String(decoding: tape.text($0), as: UTF8.self)) }),
        let digest = text("envelope").flatMap({ Hex.decode($0) }), digest.count == 32
      else { return nil }
      anchors.append(LedgerAnchor(table: table, row: name, version: version, envelope: digest))
    }
    return anchors
  }
}

extension LedgerAnchor {
  /// The row is not there any more.
  package static func gone(table: String, row: String) -> LedgerAnchor {
    LedgerAnchor(table: table, row: row, version: 0, envelope: [UInt8](repeating: 0, count: 32))
  }

  var isGone: Bool { version == 0 && envelope.allSatisfy { $0 == 0 } }

  /// The name of a row in an anchor: plain where it is short and of ordinary characters, else a hash, because an entry
  /// cuts and cleans the texts that it shows.
  package static func rowName(_ name: String) -> String {
    let isPlain = name.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "-._/".utf8.contains(byte)
    }
    return isPlain && name.utf8.count <= 128 ? name : "leaf:" + MerkleHash.leaf(name.utf8).description
  }
}

extension LedgerDraft {
  /// The entries for what a batch has changed: none for no anchor, else as many as it takes.
  package static func anchors(_ anchors: [LedgerAnchor]) -> [LedgerDraft] {
    stride(from: 0, to: anchors.count, by: LedgerLimits.listed).map { start in
      LedgerDraft(
        .anchor(Array(anchors[start..<min(start + LedgerLimits.listed, anchors.count)])), actor: .service,
        action: "anchor", subject: "", outcome: "ok")
    }
  }
}

/// Where a reading of the ledger may begin instead of at its first row. Whoever keeps one must be able to tell his own: a
/// forged checkpoint forges the book.
package struct AnchorCheckpoint: Equatable, Sendable {
  package private(set) var state: LedgerState
  package private(set) var book: AnchorBook

  /// Before the first row.
  package init() {
    state = LedgerState()
    book = AnchorBook()
  }

  /// A state of the ledger and the book as of the same moment.
  package init(state: LedgerState, book: AnchorBook) {
    self.state = state
    self.book = book
  }

  /// Goes on over the next row. Throws `misplaced` or `changed` where it is not the next one.
  mutating func take(_ row: LedgerRow) throws(LedgerFault) {
    try state.follow(row)
    try book.take(row)
  }

  private static let magic = Array("CHA\u{1}".utf8)

  /// `CHA`, 0x01 · length of the state, 4 bytes big-endian · the ledger's state · for each row, ordered: length of the
  /// table's name, 2 bytes, and the name; length of the row's name, 2 bytes, and the name; version, 8 bytes; digest, 32
  /// bytes.
  package var serialised: [UInt8] {
    var bytes = Self.magic
    let state = self.state.serialised
    bytes.append(bigEndian: UInt64(state.count), width: 4)
    bytes += state
    for anchor in book.anchors {
      for name in [anchor.table, anchor.row] {
        bytes.append(bigEndian: UInt64(name.utf8.count), width: 2)
        bytes += name.utf8
      }
      bytes.append(bigEndian: anchor.version, width: 8)
      bytes += anchor.envelope
    }
    return bytes
  }

  /// Nil for anything that `serialised` does not write.
  package init?(serialised bytes: [UInt8]) {
    guard bytes.starts(with: Self.magic) else { return nil }
    var rest = bytes[Self.magic.count...]
    guard let length = rest.takeBigEndian(width: 4), let stateBytes = rest.take(Int(length)),
      let state = LedgerState(serialised: Array(stateBytes))
    else { return nil }
    var book = AnchorBook()
    while !rest.isEmpty {
      guard let tableLength = rest.takeBigEndian(width: 2), let table = rest.take(Int(tableLength)),
        let rowLength = rest.takeBigEndian(width: 2), let row = rest.take(Int(rowLength)),
        let version = rest.takeBigEndian(width: 8), let digest = rest.take(32)
      else { return nil }
      let anchor = LedgerAnchor(
        table: String(decoding: table, as: UTF8.self), row: String(decoding: row, as: UTF8.self), version: version,
        envelope: Array(digest))
      if anchor.isGone { return nil }
      book.take([anchor])
    }
    self.state = state
    self.book = book
    if serialised != bytes { return nil }
  }
}

/// A reading of the ledger at the start of the service: from a checkpoint to the end, against the newest signed head.
package struct AnchorReading: Sendable {
  package private(set) var reached: AnchorCheckpoint
  private let head: SignedHead?

  /// `head` is the newest that the ledger holds, verified; nil where it holds none.
  package init(from checkpoint: AnchorCheckpoint, to head: SignedHead?) {
    reached = checkpoint
    self.head = head
  }

  /// The next row. After the signed head only refusals may follow: a sealed service counts them, and cannot sign.
  package mutating func take(_ row: LedgerRow) throws(LedgerFault) {
    if row.index >= head?.size ?? 0, LedgerEntry(row.bytes)?.kind != .refusalSummary { throw .unsigned(row: row.index) }
    try reached.take(row)
    if let head, reached.state.size == head.size, reached.state.root != head.root {
      throw .rewritten(firstSuspect: 0, size: head.size)
    }
  }

  /// The end of the rows; `stored` is the state that is kept beside them.
  package func finish(stored: LedgerState) throws(LedgerFault) -> AnchorCheckpoint {
    if let head {
      guard reached.state.size >= head.size else { throw .truncated(rows: reached.state.size, size: head.size) }
      if reached.state.size == head.size, reached.state.root != head.root {
        throw .rewritten(firstSuspect: 0, size: head.size)
      }
    }
    guard reached.state == stored else { throw .stateDisagrees }
    return reached
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian value: UInt64, width: Int) {
    for shift in stride(from: (width - 1) * 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }
}

extension ArraySlice<UInt8> {
  fileprivate mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard self.count >= count else { return nil }
    defer { removeFirst(count) }
    return prefix(count)
  }

  fileprivate mutating func takeBigEndian(width: Int) -> UInt64? {
    take(width)?.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
