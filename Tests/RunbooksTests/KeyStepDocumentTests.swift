import NamedKeys
import Testing

@testable import Runbooks

@Suite("Steps that named keys do, in documents")
struct KeyStepDocumentTests {
  static let text = """
    runbook: seal
    variables: { order: { type: string }, sealed: { type: string }, signature: { type: string } }
    steps:
      encrypt:
        encrypt: { named: data, version: 3 }
        message: "<<order>>"
        associated_data: order
        context: "customer <<order^customer>>"
        outputs: { sealed: response^ciphertext }
        then: sign
        else: failed
      sign:
        sign: { named: deploy }
        message: "<<sealed>>"
        algorithm: hmac-sha256
        signature_form: hex
        outputs: { signature: response^signature }
        then: verify
        else: failed
      verify:
        verify: { named: deploy }
        message: "<<sealed>>"
        signature: "<<signature>>"
        encoding: base64
        then: decrypt
        else: failed
      decrypt:
        decrypt: { named: data }
        ciphertext: "<<sealed>>"
        outputs: { order: response^plaintext }
        then: done
        else: failed
      done: { end: success }
      failed: { end: failure }
    """

  private func read(_ text: String) -> ReadDocuments {
    DocumentReader.read([DocumentFile(name: "f.yaml", bytes: Array(text.utf8))]) { "id" }
  }

  private func faults(_ step: String) -> [String] {
    read("runbook: r\nsteps:\n  one: \(step)\n  done: { end: success }\n").faults.map { "\($0.code): \($0.message)" }
  }

  @Test("What was read is written and read again as it was, with every setting")
  func roundTrip() throws {
    let first = read(Self.text)
    #expect(first.faults.filter { $0.severity == .error } == [])
    let document = try #require(first.runbooks.first?.document)
    let again = read(String(decoding: document.canonicalJSON, as: UTF8.self))
    #expect(again.runbooks.first?.document == document)
    guard case .key(let sign)? = document.step(named: "sign")?.kind else { return #expect(Bool(false)) }
    #expect(sign.bare == KeyStep.BareForm(algorithm: "hmac-sha256", isHex: true))
    guard case .key(let encrypt)? = document.step(named: "encrypt")?.kind else { return #expect(Bool(false)) }
    #expect(encrypt.key.version == 3)
    #expect(encrypt.context?.source == "customer <<order^customer>>")
  }

  @Test("Each operation is asked to be granted, a MAC as what it is")
  func uses() throws {
    let document = try #require(read(Self.text).runbooks.first?.document)
    #expect(
      document.keyUses.map(\.text) == [
        "keys/data#decrypt", "keys/data#encrypt", "keys/deploy#hmac", "keys/deploy#verify",
      ]
    )
  }

  @Test("A setting of another operation is refused by name")
  func strangers() {
    #expect(
      faults("{ sign: { named: k }, message: m, associated_data: x }").contains { $0.contains("associated_data") })
    #expect(faults("{ encrypt: { named: k }, message: m, algorithm: ed25519 }").contains { $0.contains("algorithm") })
    #expect(faults("{ decrypt: { named: k }, ciphertext: m, message: m }").contains { $0.contains("`message`") })
    #expect(faults("{ sleep: 1s, ciphertext: m }").contains { $0.contains("ciphertext") })
    #expect(
      faults("{ verify: { named: k }, message: m, signature: s, outputs: { a: response } }").contains {
        $0.contains("outputs")
      })
    #expect(
      faults("{ sign: { named: k }, message: m, signature_form: hex }").contains { $0.contains("signature_form") })
  }

  @Test("What is missing or none is said with its name")
  func missing() {
    #expect(faults("{ sign: { named: k } }").contains { $0.contains("`message` is missing") })
    #expect(faults("{ verify: { named: k }, message: m }").contains { $0.contains("`signature` is missing") })
    #expect(faults("{ decrypt: { named: k } }").contains { $0.contains("`ciphertext` is missing") })
    #expect(faults("{ sign: { named: K! }, message: m }").contains { $0.contains("a key's name") })
    #expect(faults("{ sign: { named: k }, message: m, algorithm: md5 }").contains { $0.contains("hmac-sha256") })
    #expect(faults("{ sign: { named: k }, encrypt: { named: k }, message: m }").contains { $0.contains("exactly one") })
  }

  @Test("An edit of what is signed changes what a grant is bound to")
  func grant() throws {
    let document = try #require(read(Self.text).runbooks.first?.document)
    let changed = try #require(
      read(Self.text.replacing("associated_data: order", with: "associated_data: other")).runbooks.first?.document)
    let material = GrantedMaterial.bytes(of: document) { _ in nil }
    #expect(material != GrantedMaterial.bytes(of: changed) { _ in nil })
    #expect(material == GrantedMaterial.bytes(of: document) { _ in nil })
  }
}
