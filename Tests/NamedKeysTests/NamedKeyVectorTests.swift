import Cryptography
import Encodings
import Foundation
import TestSupport
import Testing

@testable import NamedKeys

/// The cases of `Tests/Vectors/named-keys.json`, which the reader of `Tests/Spec` judges too. Run with
/// `CHANCERY_WRITE_VECTORS=1` to write them anew: ECDSA, PSS and fresh keys make other bytes each time.
@Suite("Vectors of named keys")
struct NamedKeyVectorTests {
  static let url = Vectors.checkout.appendingPathComponent("Tests/Vectors/named-keys.json")

  @Test("Every case is judged as it says")
  func cases() throws {
    if ProcessInfo.processInfo.environment["CHANCERY_WRITE_VECTORS"] == "1" {
      try Data(NamedKeyVectorWriter().finished()).write(to: Self.url)
    }
    let tape = try JSONTape(Array(Data(contentsOf: Self.url)))
    #expect(tape.member(tape.root, "format").flatMap(tape.string) == "chancery named-key vectors 1")
    var counts: [String: (accepted: Int, refused: Int)] = [:]
    for list in ["ciphertexts", "signatures"] {
      for node in tape.children(try #require(tape.member(tape.root, list))) {
        let test = try VectorCase(tape, node)
        let isAccepted = list == "ciphertexts" ? try test.opens() : try test.verifies()
        #expect(isAccepted == test.isExpected, "\(test.what)")
        counts[list, default: (0, 0)].accepted += isAccepted ? 1 : 0
        counts[list, default: (0, 0)].refused += isAccepted ? 0 : 1
      }
    }
    #expect(counts["ciphertexts"]?.accepted == 9 && counts["ciphertexts"]?.refused == 30)
    #expect(counts["signatures"]?.accepted == 9 && counts["signatures"]?.refused == 28)
  }
}

/// One case, judged by the code.
private struct VectorCase {
  let what: String
  let isExpected: Bool
  private let tape: JSONTape
  private let node: JSONTape.Node

  init(_ tape: JSONTape, _ node: JSONTape.Node) throws {
    self.tape = tape
    self.node = node
    what = try #require(tape.member(node, "what").flatMap(tape.string))
    isExpected = tape.member(node, "valid").flatMap(tape.bool) ?? (tape.member(node, "plaintext") != nil)
  }

  private func text(_ name: String) throws -> String { try #require(tape.member(node, name).flatMap(tape.string)) }
  private func bytes(_ name: String) -> [UInt8]? {
    tape.member(node, name).flatMap(tape.string).flatMap { Hex.decode($0) }
  }

  private func key() throws -> (NamedKey, UInt32, KeyMaterial?) {
    let type = try #require(KeyType(rawValue: try text("type")))
    let version = UInt32(try #require(tape.member(node, "version").flatMap(tape.integer)))
    let publicKey = bytes("public_key")
    var key = try NamedKey(
      name: KeyName(try text("name")), type: type, isDerived: bytes("context") != nil, firstPublicKey: publicKey,
      createdAt: NamedKeyTests.start)
    while key.versions.latest < version { try key.rotate(at: NamedKeyTests.start, publicKey: publicKey) }
    let material = try bytes("material").map { try KeyMaterial.read(type, GuardedBytes(copying: $0)) }
    return (key, version, material)
  }

  func opens() throws -> Bool {
    let (key, version, material) = try key()
    guard let read = try? KeyText(try text("text")) else { return false }
    let cipher = try DataCipher.decrypting(key, version, try #require(material), context: bytes("context"))
    guard let plaintext = try? cipher.decrypt(read, associatedData: bytes("data") ?? []) else { return false }
    #expect(plaintext.withBytes { Array($0) } == bytes("plaintext"), "\(what)")
    return true
  }

  func verifies() throws -> Bool {
    let (key, version, material) = try key()
    guard let read = try? KeyText(try text("text")) else { return false }
    return try SignatureVerifier(key, version, material: material, context: bytes("context")).isValid(
      read, for: bytes("message") ?? [])
  }
}
