import Cryptography
import Encodings
import Foundation
import TestSupport
import Testing

@testable import Keyring

/// `Tests/Vectors/envelope.json`: a key file, the files of a folder, and values with their contexts. The independent
/// reader `Tests/Spec/read_envelope.py` checks the same file. It is written anew with `CHANCERY_WRITE_VECTORS=1`, which
/// is right only together with a new version of the format.
@Suite("Vectors of envelope, keyring and run keys")
struct EnvelopeVectorTests {
  private static let url = Vectors.checkout.appendingPathComponent("Tests/Vectors/envelope.json")

  private static func tape() throws -> JSONTape { try JSONTape(Array(try Data(contentsOf: url))) }

  @Test("The code writes these vectors, to the byte")
  func written() throws {
    let made = try VectorWriter().finished()
    if ProcessInfo.processInfo.environment["CHANCERY_WRITE_VECTORS"] == "1" { try Data(made).write(to: Self.url) }
    #expect(Array(try Data(contentsOf: Self.url)) == made)
  }

  @Test("Every case opens to its plaintext, or is refused for its reason")
  func cases() throws {
    let tape = try Self.tape()
    let root = tape.root
    #expect(
      tape.children(root).compactMap(tape.key)
        == ["format", "key_file", "seal", "keyring", "run_keys", "values", "hashes"])
    let disk = FakeDisk()
    disk.put(Array(try #require(tape.member(root, "key_file").flatMap(tape.string)).utf8), at: "/operator/key")
    for (name, path) in [
      ("seal", "/data/seal/1.seal"), ("keyring", "/data/seal/keyring"), ("run_keys", "/data/run-keys"),
    ] {
      disk.put(try Self.bytes(tape, root, name), at: path)
    }
    let keyring = try Rig(disk: disk).folder.open(with: Rig.keyFile)
    let values = tape.children(try #require(tape.member(root, "values")))
    for value in values { try Self.check(tape, value, keyring) }
    #expect(values.count == 22)
    let hashes = tape.children(try #require(tape.member(root, "hashes")))
    for hash in hashes {
      #expect(tape.children(hash).compactMap(tape.key) == ["purpose", "message", "hash"])
      let purpose = try #require(tape.member(hash, "purpose").flatMap(tape.string).flatMap(Purpose.init))
      let message = try Self.bytes(tape, hash, "message")
      #expect(try keyring.mac(purpose, message: message) == Self.bytes(tape, hash, "hash"))
    }
    #expect(hashes.count == 4)
  }

  private static func check(_ tape: JSONTape, _ value: JSONTape.Node, _ keyring: Keyring) throws {
    let known: Set<String> = [
      "name", "slot", "generation", "purpose", "table", "row", "column", "context", "version", "envelope", "plaintext",
      "refusal",
    ]
    #expect(Set(tape.children(value).compactMap(tape.key)).isSubset(of: known))
    let text = { (name: String) in try #require(tape.member(value, name).flatMap(tape.string)) }
    let number = { (name: String) in tape.member(value, name).flatMap(tape.integer) }
    let fields = tape.children(try #require(tape.member(value, "context"))).compactMap(tape.string)
    let context = EnvelopeContext(
      purpose: try #require(Purpose(rawValue: text("purpose"))), table: try text("table"), row: try text("row"),
      column: try text("column"), context: fields.map(hex), version: UInt64(try #require(number("version"))))
    let outcome: Result<[UInt8], KeyringError>
    do throws(KeyringError) {
      let envelope = try Envelope(parsing: hex((try? text("envelope")) ?? ""))
      if let slot = number("slot"), let generation = number("generation") {
        let run = try keyring.runKeys.key(slot: UInt32(slot), generation: UInt32(generation))
        outcome = .success(try run.open(envelope, in: context))
      } else {
        outcome = .success(try keyring.open(envelope, in: context))
      }
    } catch {
      outcome = .failure(error)
    }
    let name: Comment = "\(try text("name"))"
    switch outcome {
    case .success(let plaintext): #expect(try plaintext == bytes(tape, value, "plaintext"), name)
    case .failure(let error): #expect(try error.ledgerReason == text("refusal"), name)
    }
  }

  private static func bytes(_ tape: JSONTape, _ node: JSONTape.Node, _ name: String) throws -> [UInt8] {
    let text = tape.member(node, name).flatMap(tape.string)
    return try #require(text.flatMap { Hex.decode($0) })
  }
}
