import Encodings
import Foundation
import Ledger
import Testing

@Test func record() throws {
  let (rows, states) = LedgerSamples.ledger()
  var bytes = LedgerExport.header(keys: [try LedgerSamples.verifierKey()])
  for size in [21, 8] { bytes += LedgerExport.line(of: try LedgerSamples.head(states[size])) }
  for row in rows { bytes += LedgerExport.line(of: row) }
  try Data(bytes).write(to: URL(fileURLWithPath: "/tmp/chancery-al-mut/export.jsonl"))
  for size in 0...21 {
    try Data(LedgerSamples.head(states[size]).text.utf8).write(
      to: URL(fileURLWithPath: "/tmp/chancery-al-mut/head\(size)"))
  }
  var drafts = LedgerSamples.drafts; drafts[4].outcome = "forged"
  let forged = LedgerSamples.ledger(drafts)
  try Data(LedgerSamples.head(forged.states[8]).text.utf8).write(
    to: URL(fileURLWithPath: "/tmp/chancery-al-mut/forged8"))
  try Data(LedgerSamples.head(forged.states[21]).text.utf8).write(
    to: URL(fileURLWithPath: "/tmp/chancery-al-mut/forged21"))
  try Data(forged.rows.flatMap { $0.bytes + [10] }).write(to: URL(fileURLWithPath: "/tmp/chancery-al-mut/forgedrows"))
  let more = LedgerSamples.ledger(LedgerSamples.drafts + LedgerSamples.drafts)
  try Data(LedgerSamples.head(more.states[30]).text.utf8).write(
    to: URL(fileURLWithPath: "/tmp/chancery-al-mut/longer30"))
  let tree = MerkleTree(leaves: rows.map(\.leaf))
  var out: [String] = []
  for (i, n) in [(0, 1), (0, 21), (7, 8), (20, 21), (13, 21), (5, 13)] as [(UInt64, UInt64)] {
    let p = try #require(tree.inclusionProof(of: i, size: n))
    out.append(
      "{\"kind\": \"inclusion\", \"index\": \(i), \"size\": \(n), \"leaf\": \"\(rows[Int(i)].leaf)\", \"root\": \"\(try #require(tree.root(size: n)))\", \"path\": [\(p.path.map { "\"\($0)\"" }.joined(separator: ", "))]}"
    )
  }
  for (a, b) in [(1, 1), (1, 21), (8, 21), (13, 21), (20, 21), (7, 8)] as [(UInt64, UInt64)] {
    let p = try #require(tree.consistencyProof(from: a, to: b))
    out.append(
      "{\"kind\": \"consistency\", \"from\": \(a), \"to\": \(b), \"old\": \"\(try #require(tree.root(size: a)))\", \"new\": \"\(try #require(tree.root(size: b)))\", \"path\": [\(p.path.map { "\"\($0)\"" }.joined(separator: ", "))]}"
    )
  }
  try Data(("[" + out.joined(separator: ",\n") + "]").utf8).write(
    to: URL(fileURLWithPath: "/tmp/chancery-al-mut/proofs"))
}
