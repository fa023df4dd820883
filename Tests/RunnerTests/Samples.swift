import Destinations
import Encodings
import Foundation
import Keyring
import Labels
import RunEngine
import Runbooks
import Storage
import Testing

@testable import Runner

/// Documents and keys that the tests of this room share.
enum Samples {
  static let now = Instant(millisecondsSinceEpoch: 1_700_000_000_000)
  static let rules = EgressRules(allowed: [])

  static let text = """
    integration: api
    base_url: https://api.example.com/v2
    methods:
      read:
        request: GET /items/<<id>>
        headers: { X-Key: { encrypt: true } }
        outputs: { name: response^name! }
      write:
        request: POST /items
        idempotency: header Idempotency-Key
        body: { json: '{"name": <<name>>, "note": "for <<name>>"}' }
    ---
    runbook: sample
    variables:
      id: { type: integer }
      name: { type: string }
      secret_note: { encrypt: true }
    steps:
      read: { method: api/read, then: check, else: failed }
      check: { condition: { left: name, op: equals, right: wanted }, then: write, else: failed }
      write: { method: api/write, then: done, else: failed }
      done: { end: success }
      failed: { end: failure }
    """

  static func bundle(_ text: String = Samples.text) throws -> LoadedBundle {
    let read = DocumentReader.read([DocumentFile(name: "sample.yaml", bytes: Array(text.utf8))]) { "fresh" }
    try #require(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    let runbook = try #require(read.runbooks.first?.document)
    return try LoadedBundle(
      id: BundleID(hex: "00"), runbook: runbook, integrations: read.integrations.map(\.document), text: [],
      rules: rules)
  }

  /// An open keyring in a folder that is removed afterwards.
  static func withKeyring<Result>(_ body: (Keyring) async throws -> Result) async throws -> Result {
    var template = Array("\(FileManager.default.temporaryDirectory.path)/chancery-runner-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    let folder = try #require(made)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(try KeyringFolder(folder).initialise(seal: .dev, at: now))
  }

  static func registry() -> SecretRegistry { SecretRegistry(pseudonyms: Pseudonyms(run: "r") { _ in "aaaa" }) }

  static func scope(_ variables: [String: LabeledText] = [:]) throws -> RunScope {
    var values = ValueTable()
    var handles: [String: ValueHandle] = [:]
    for (name, text) in variables { handles[name] = try values.insert(text) }
    return RunScope(values: values, roots: [:], variables: handles, trigger: .api)
  }

  static func json(_ text: String, label: Label = .clear) throws -> LabeledText {
    try LabeledText(json: Array(text.utf8), label: label)
  }
}
