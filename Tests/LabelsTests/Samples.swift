import Cryptography
import Destinations
import Encodings
import Foundation
import Keyring
import Redaction
import Synchronization
import TestSupport
import Testing

@testable import Labels

/// Values that several tests of this room start from.
enum Samples {
  static let now = Instant(millisecondsSinceEpoch: 1_764_000_000_000)
  static let secret = "s3cr3t-Kx92-vQ71-zzpL"

  static func host(_ text: String) -> HostPort {
    do { return try HostPort(parsing: text) } catch { preconditionFailure("a host of the tests is none") }
  }

  static func hosts(_ texts: String...) -> HostClearance { HostClearance(only: texts.map(host)) }

  static let parameter = Label(
    origin: .parameter(method: "m1", kind: "header", name: "X-Key"), rule: .masked, hosts: hosts("api.example.com"))
  static let response = Label(
    origin: .response(step: "Get token"), rule: .removesRequest, hosts: hosts("api.example.com", "b.example.com"))
  static let trigger = Label(origin: .trigger, rule: .shown, hosts: .any)
  static let encryptedTrigger = Label(origin: .trigger, rule: .removesRequest, hosts: hosts("api.example.com"))
  static let variable = Label(origin: .variable(name: "note"), rule: .removesRequest, hosts: .any)
  static let stored = Label(origin: .secret(path: "kv/openai", version: 3), rule: .masked, hosts: .any)
  static let all = [Label.clear, parameter, response, trigger, encryptedTrigger, variable, stored]

  static func text(_ text: String, _ label: Label = .clear) -> LabeledText {
    LabeledText(text: Array(text.utf8), label: label)
  }

  static func json(_ text: String, _ label: Label = .clear) throws -> LabeledText {
    try LabeledText(json: Array(text.utf8), label: label)
  }

  /// Text made of pieces with labels of their own.
  static func pieces(_ pieces: [(String, Label)], form: ValueForm = .text) -> LabeledText {
    var builder = TextBuilder()
    for (text, label) in pieces { builder.append(text.utf8, label: label) }
    return builder.finish(form: form)
  }

  static func string(_ text: LabeledText) -> String { String(decoding: text.bytes, as: UTF8.self) }

  /// The label that covers each byte; whether an origin is in the byte or only chose it is left out.
  static func labels(_ text: LabeledText) -> [Label] {
    var labels: [Label] = []
    for run in text.runs { labels += run.range.map { _ in plain(run.label) } }
    return labels
  }

  /// The label without what tells a choice from content: which origins there are, their rules, and the hosts.
  static func plain(_ label: Label) -> Label {
    Label(origins: label.origins.map { LabelOrigin($0.origin, $0.rule) }, hosts: label.hosts)
  }

  static let pseudonyms = Pseudonyms(run: "run-1") { handle in
    String(Hex.encode(Digest.sha256(handle)).prefix(4))
  }

  static func view(_ texts: LabeledText...) -> DisclosureView {
    var registry = SecretRegistry(pseudonyms: pseudonyms)
    for text in texts { registry.learn(text) }
    return registry.view()
  }

  static func mask(_ origins: [Origin]) -> String { Mask.text(pseudonyms.name(of: origins)) }

  static func mask(_ label: Label) -> String { mask(label.secretOrigins) }

  /// A random source with a fixed sequence.
  static func random(_ seed: UInt64) -> RandomSource {
    let state = SeededSource(seed)
    return RandomSource(insecureForTests: { state.fill($0) })
  }
}

/// A seeded generator behind a lock, because a random source may be asked from anywhere.
final class SeededSource: Sendable {
  private let generator: Mutex<SeededRandom>

  init(_ seed: UInt64) { generator = Mutex(SeededRandom(seed: seed)) }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    buffer.copyBytes(from: generator.withLock { $0.bytes(buffer.count) })
  }
}

/// A keyring in a folder of its own, which goes away with it.
final class TestKeyring {
  let keyring: Keyring
  private let folder: URL

  init(_ name: String) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "labels-\(ProcessInfo.processInfo.processIdentifier)-\(name)")
    try? FileManager.default.removeItem(at: folder)
    keyring = try KeyringFolder(folder.path, random: Samples.random(7)).initialise(seal: .dev, at: Samples.now)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
