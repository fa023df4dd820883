internal import Encodings

/// A ledger as a file of JSON lines (docs/spec/ledger.md §6): a header with the public keys, the signed heads, and then
/// every entry's own bytes, one a line. An entry holds no newline, so its line *is* what was hashed.
package enum LedgerExport {
  /// The first line. The keys are a convenience: whoever verifies compares them with what he has.
  package static func header(keys: [VerifierKey]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("ledger")
    writer.integer(1)
    writer.key("keys")
    writer.beginArray()
    for key in keys { writer.string(key.text) }
    writer.endArray()
    writer.endObject()
    return writer.finish() + [0x0A]
  }

  /// A line for a head; all of them stand before the first row.
  package static func line(of head: SignedHead) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("head")
    writer.string(head.text)
    writer.endObject()
    return writer.finish() + [0x0A]
  }

  package static func line(of row: LedgerRow) -> [UInt8] {
    row.bytes + [0x0A]
  }
}

/// Verifies an export line by line. Memory grows with the heads, not with the rows.
package struct LedgerExportAudit: Sendable {
  private enum Stage {
    case header
    case heads
    case rows(LedgerAudit)
  }

  private var stage = Stage.header
  private var keys: [VerifierKey]?
  private let kept: [String]
  private var heads: [SignedHead] = []
  private var lineCount = 0
  private var rowCount: UInt64 = 0

  /// `keys`: those that the verifier has; nil takes those of the export, which proves only that it hangs together.
  /// `kept`: heads that were kept outside, as text.
  package init(keys: [VerifierKey]?, kept: [String] = []) {
    self.keys = keys
    self.kept = kept
  }

  /// The next line, without its newline. Throws what is wrong with the header or with a head; what is wrong with rows
  /// is the verdict's matter.
  package mutating func push(line: [UInt8]) throws(LedgerFault) {
    lineCount += 1
    switch stage {
    case .header:
      let own = try header(line)
      if keys == nil { keys = own }
      stage = .heads
    case .heads:
      if line.starts(with: Array(#"{"head":"#.utf8)) {
        try readHead(line)
      } else {
        var audit = try beginRows()
        audit.push(nextRow(line))
        stage = .rows(audit)
      }
    case .rows(var audit):
      // Given back below: a copy held in two places would be copied with each row.
      stage = .heads
      audit.push(nextRow(line))
      stage = .rows(audit)
    }
  }

  /// The verdict after the last line.
  package mutating func finish() throws(LedgerFault) -> Result<LedgerReport, LedgerFault> {
    switch stage {
    case .header: throw .malformedExport(line: 1)
    case .heads: try beginRows().finish()
    case .rows(let audit): audit.finish()
    }
  }

  private func beginRows() throws(LedgerFault) -> LedgerAudit {
    var verified: [SignedHead] = []
    for text in kept { verified.append(try SignedHead.verify(text, keys: keys ?? [])) }
    return LedgerAudit(heads: heads, kept: verified)
  }

  private mutating func nextRow(_ line: [UInt8]) -> LedgerRow {
    defer { rowCount += 1 }
    return LedgerRow(index: rowCount, bytes: line)
  }

  private func header(_ line: [UInt8]) throws(LedgerFault) -> [VerifierKey] {
    guard let tape = try? JSONTape(line), tape.kind(tape.root) == .object,
      tape.children(tape.root).compactMap({ tape.key($0) }) == ["ledger", "keys"],
      tape.member(tape.root, "ledger").flatMap({ tape.numberText($0) }) == "1",
      let nodes = tape.member(tape.root, "keys"), tape.kind(nodes) == .array
    else { throw .malformedExport(line: lineCount) }
    var keys: [VerifierKey] = []
    for node in tape.children(nodes) {
      guard let text = tape.string(node) else { throw .malformedExport(line: lineCount) }
      keys.append(try VerifierKey(text))
    }
    return keys
  }

  private mutating func readHead(_ line: [UInt8]) throws(LedgerFault) {
    guard heads.count + kept.count < LedgerLimits.auditedHeads, let tape = try? JSONTape(line),
      tape.kind(tape.root) == .object, tape.children(tape.root).count == 1,
      let text = tape.member(tape.root, "head").flatMap({ tape.string($0) })
    else { throw .malformedExport(line: lineCount) }
    heads.append(try SignedHead.verify(text, keys: keys ?? []))
  }
}
