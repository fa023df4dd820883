import Encodings
import Foundation
import Ledger
import TestSupport
import Testing

@Suite("LedgerExport")
struct LedgerExportTests {
  /// The lines of the sample ledger's export, with heads of the given sizes.
  private func lines(heads: [Int] = [21]) throws -> [[UInt8]] {
    let (rows, states) = LedgerSamples.ledger()
    var bytes = LedgerExport.header(keys: [try LedgerSamples.verifierKey()])
    for size in heads { bytes += LedgerExport.line(of: try LedgerSamples.head(states[size])) }
    for row in rows { bytes += LedgerExport.line(of: row) }
    return bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
  }

  private func verdict(
    _ lines: [[UInt8]], keys: [VerifierKey]? = nil, kept: [String] = []
  ) throws -> Result<LedgerReport, LedgerFault> {
    var audit = LedgerExportAudit(keys: keys, kept: kept)
    for line in lines { try audit.push(line: line) }
    return try audit.finish()
  }

  @Test("An export verifies with the given key, and with its own where none is given")
  func sound() throws {
    let lines = try lines(heads: [21, 8, 0])
    #expect(try verdict(lines).get().size == 21)
    #expect(try verdict(lines, keys: [try LedgerSamples.verifierKey()]).get().heads == 3)
    #expect(try verdict(Array(lines.prefix(1))).get().size == 0)
  }

  @Test("An export under another key than the one at hand is refused")
  func otherKey() throws {
    let other = try LedgerSamples.verifierKey([UInt8](repeating: 9, count: 32))
    #expect(throws: LedgerFault.unknownKey) { try verdict(try lines(), keys: [other]) }
    #expect(throws: LedgerFault.otherOrigin) { try verdict(try lines(), keys: []) }
  }

  @Test("A head kept outside is compared, whether rows follow or not")
  func since() throws {
    let kept = try LedgerSamples.head(LedgerSamples.ledger().states[13]).text
    #expect(try verdict(try lines(), kept: [kept]).get().heads == 2)
    let short = try lines(heads: [8]).prefix(10)
    #expect(LedgerSamples.fault(try verdict(Array(short), kept: [kept])) == .rolledBack(rows: 8, size: 13))
    let empty = try lines(heads: []).prefix(1)
    #expect(LedgerSamples.fault(try verdict(Array(empty), kept: [kept])) == .rolledBack(rows: 0, size: 13))
    #expect(throws: LedgerFault.self) { try verdict(try lines(), kept: ["no head"]) }
  }

  @Test("A first line or a head of another form is refused with its line")
  func malformed() throws {
    let good = try lines()
    for first in [
      "", "{}", #"{"ledger":2,"keys":[]}"#, #"{"ledger":1,"keys":[1]}"#, #"{"ledger":1}"#, #"{"keys":[],"ledger":1}"#,
      #"{"ledger":1,"keys":[],"x":1}"#, "[1]",
    ] {
      #expect(throws: LedgerFault.malformedExport(line: 1), "\(first)") {
        try verdict([Array(first.utf8)] + good.dropFirst())
      }
    }
    for head in [#"{"head":1}"#, #"{"head":"a","b":1}"#, #"{"head":"#] {
      #expect(throws: LedgerFault.malformedExport(line: 2), "\(head)") {
        try verdict([good[0], Array(head.utf8)] + good.dropFirst(2))
      }
    }
    #expect(throws: LedgerFault.malformedExport(line: 1)) { try verdict([]) }
    #expect(throws: LedgerFault.malformedKey) {
      try verdict([Array(#"{"ledger":1,"keys":["a+b+c"]}"#.utf8)] + good.dropFirst())
    }
  }

  @Test("What stands among the rows and is none is a changed row")
  func amongRows() throws {
    let good = try lines()
    for line in ["", "x", #"{"head":"a"}"#] {
      var lines = good
      lines[9] = Array(line.utf8)
      #expect(LedgerSamples.fault(try verdict(lines)) == .changed(row: 7))
    }
  }
}

/// `Tests/Vectors/ledger.json`: cases that this reader and the independent one judge alike.
@Suite("Tests/Vectors/ledger.json")
struct LedgerVectorTests {
  private static let file = Vectors.checkout.appendingPathComponent("Tests/Vectors/ledger.json")

  private func tape() throws -> JSONTape {
    let tape = try JSONTape(Array(try Data(contentsOf: Self.file)))
    let keys = tape.children(tape.root).compactMap { tape.key($0) }
    #expect(keys == ["format", "note", "seed", "key", "export", "heads", "cases", "proofs"])
    #expect(tape.member(tape.root, "format").flatMap { tape.integer($0) } == 1)
    return tape
  }

  private func strings(_ tape: JSONTape, _ node: JSONTape.Node?) throws -> [String] {
    try tape.children(try #require(node)).map { try #require(tape.string($0)) }
  }

  private func member(_ tape: JSONTape, _ node: JSONTape.Node, _ key: String) throws -> String {
    try #require(tape.member(node, key).flatMap { tape.string($0) }, "\(key)")
  }

  @Test("The export is what the code writes for the sample ledger, byte for byte")
  func export() throws {
    let tape = try tape()
    #expect(try member(tape, tape.root, "key") == LedgerSamples.verifierKey().text)
    #expect(try member(tape, tape.root, "seed") == Hex.encode(LedgerSamples.seedBytes))
    let (rows, states) = LedgerSamples.ledger()
    var bytes = LedgerExport.header(keys: [try LedgerSamples.verifierKey()])
    for size in [21, 8] { bytes += LedgerExport.line(of: try LedgerSamples.head(states[size])) }
    for row in rows { bytes += LedgerExport.line(of: row) }
    let lines = try strings(tape, tape.member(tape.root, "export"))
    #expect(lines.map { $0 + "\n" }.joined().utf8.elementsEqual(bytes))
  }

  @Test("Each case is judged as it says")
  func cases() throws {
    let tape = try tape()
    let export = try strings(tape, tape.member(tape.root, "export"))
    let heads = try #require(tape.member(tape.root, "heads"))
    var count = 0
    for node in tape.children(try #require(tape.member(tape.root, "cases"))) {
      let known: Set = ["name", "edits", "since", "finding", "row", "size", "refused"]
      #expect(known.isSuperset(of: tape.children(node).compactMap { tape.key($0) }))
      let name = try member(tape, node, "name")
      let lines = try edited(export, tape, try #require(tape.member(node, "edits")))
      let kept = try tape.member(node, "since").map { try strings(tape, $0) } ?? []
      var audit = LedgerExportAudit(
        keys: [try LedgerSamples.verifierKey()], kept: try kept.map { try member(tape, heads, $0) })
      let outcome: Outcome
      do throws(LedgerFault) {
        for line in lines { try audit.push(line: Array(line.utf8)) }
        outcome = Outcome(LedgerSamples.fault(try audit.finish()))
      } catch {
        outcome = Outcome(refused: error)
      }
      let expected = Outcome(
        finding: tape.member(node, "finding").flatMap { tape.string($0) },
        row: tape.member(node, "row").flatMap { tape.integer($0) },
        size: tape.member(node, "size").flatMap { tape.integer($0) },
        refused: tape.member(node, "refused").flatMap { tape.string($0) })
      #expect(outcome == expected, "\(name)")
      count += 1
    }
    #expect(count == LedgerVectorTests.caseCount)
  }

  @Test("Each proof verifies, and is the one that the tree gives")
  func proofs() throws {
    let tape = try tape()
    let (rows, _) = LedgerSamples.ledger()
    let tree = MerkleTree(leaves: rows.map(\.leaf))
    func number(_ node: JSONTape.Node, _ key: String) throws -> UInt64 {
      try #require(tape.member(node, key).flatMap { tape.numberText($0) }.flatMap { UInt64($0) })
    }
    func hash(_ text: String) throws -> MerkleHash { try #require(Hex.decode(text).flatMap { MerkleHash($0) }) }
    var count = 0
    for node in tape.children(try #require(tape.member(tape.root, "proofs"))) {
      let path = try strings(tape, tape.member(node, "path")).map(hash)
      if try member(tape, node, "kind") == "inclusion" {
        let proof = InclusionProof(index: try number(node, "index"), size: try number(node, "size"), path: path)
        #expect(proof.verifies(leaf: try hash(member(tape, node, "leaf")), root: try hash(member(tape, node, "root"))))
        #expect(tree.inclusionProof(of: proof.index, size: proof.size) == proof)
      } else {
        let proof = ConsistencyProof(from: try number(node, "from"), to: try number(node, "to"), path: path)
        #expect(proof.verifies(old: try hash(member(tape, node, "old")), new: try hash(member(tape, node, "new"))))
        #expect(tree.consistencyProof(from: proof.from, to: proof.to) == proof)
      }
      count += 1
    }
    #expect(count == 12)
  }

  @Test("The independent reader, written from the specification alone, judges the same cases the same way")
  func independentReader() throws {
    let python = URL(fileURLWithPath: "/usr/bin/env")
    let process = Process()
    process.executableURL = python
    process.arguments = [
      "python3", "-B", Vectors.checkout.appendingPathComponent("Tests/Spec/verify_ledger.py").path, "--vectors",
      Self.file.path,
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus != 127 else {
      print("skipped: python3 is absent")
      try Test.cancel("python3 is absent")
    }
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text == "\(LedgerVectorTests.caseCount) cases, 12 proofs, 0 failed\n")
  }

  private static let caseCount = 72

  /// A verdict in the words of the vectors.
  private struct Outcome: Equatable {
    var finding: String?
    var row: Int64?
    var size: Int64?
    var refused: String?

    init(finding: String?, row: Int64?, size: Int64?, refused: String?) {
      self.finding = finding
      self.row = row
      self.size = size
      self.refused = refused
    }

    init(refused fault: LedgerFault) {
      refused =
        switch fault {
        case .malformedExport: "export"
        case .malformedHead: "head"
        case .malformedKey: "key"
        case .unknownKey: "unknown-key"
        case .wrongSignature: "signature"
        case .otherOrigin: "origin"
        default: fault.message
        }
    }

    init(_ fault: LedgerFault?) {
      switch fault {
      case nil: break
      case .changed(let row): (finding, self.row) = ("changed", Int64(row))
      case .deleted(let row): (finding, self.row) = ("deleted", Int64(row))
      case .inserted(let row): (finding, self.row) = ("inserted", Int64(row))
      case .reordered(let row): (finding, self.row) = ("reordered", Int64(row))
      case .truncated(let rows, let size): (finding, row, self.size) = ("truncated", Int64(rows), Int64(size))
      case .rewritten(let first, let size): (finding, row, self.size) = ("rewritten", Int64(first), Int64(size))
      case .rolledBack(let rows, let size): (finding, row, self.size) = ("rolled-back", Int64(rows), Int64(size))
      case .notAContinuation(let size): (finding, self.size) = ("not-a-continuation", Int64(size))
      case .misplaced, .unsigned, .stateDisagrees, .malformedHead, .unknownKey, .wrongSignature, .otherOrigin,
        .malformedKey, .malformedReceipt,
        .malformedExport:
        finding = fault?.message
      }
    }
  }

  /// The lines after the edits of a case.
  private func edited(_ lines: [String], _ tape: JSONTape, _ edits: JSONTape.Node) throws -> [String] {
    var lines = lines
    for edit in tape.children(edits) {
      let line = Int(try #require(tape.member(edit, "line").flatMap { tape.integer($0) }))
      switch try member(tape, edit, "op") {
      case "delete": lines.remove(at: line)
      case "insert": lines.insert(try member(tape, edit, "text"), at: line)
      case "replace": lines[line] = try member(tape, edit, "text")
      case "swap": lines.swapAt(line, Int(try #require(tape.member(edit, "with").flatMap { tape.integer($0) })))
      case "substitute":
        let old = try member(tape, edit, "old")
        #expect(lines[line].contains(old))
        lines[line] = lines[line].replacing(old, with: try member(tape, edit, "new"), maxReplacements: 1)
      case "truncate": lines = Array(lines.prefix(line))
      case let other: Issue.record("unknown edit \(other)")
      }
    }
    return lines
  }
}
