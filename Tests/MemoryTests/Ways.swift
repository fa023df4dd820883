import Access
import Cryptography
import Destinations
import Encodings
import Foundation
import Keyring
import Redaction
import SecretStore
import Webhooks

@testable import Labels

/// A way that a secret takes through the code, and how many copies of it lie in ordinary memory when everything that
/// held it was let go.
struct Way: Sendable {
  let name: String
  /// The most copies outside of secret memory afterwards. Each has its reason below; none may be added.
  let elsewhere: Int
  /// What the copies are.
  let reason: String
  let take: @Sendable (Needle, Place) throws -> Void

  /// A keyring in a folder of its own.
  struct Place: Sendable {
    let keyring: Keyring

    init(_ folder: URL) throws {
      keyring = try KeyringFolder(folder.path).initialise(seal: .dev, at: Instant(secondsSinceEpoch: 1_800_000_000))
    }
  }

  static let all: [Way] = [
    Way(name: "a slot of the arena", elsewhere: 0, reason: "none") { needle, _ in
      withExtendedLifetime(needle.guarded()) {}
    },
    Way(name: "pages of their own", elsewhere: 0, reason: "none") { needle, _ in
      withExtendedLifetime(needle.guarded(.guardedPages)) {}
    },
    Way(name: "scratch for one call", elsewhere: 0, reason: "none") { needle, _ in
      SecretArena.shared.withScratch(Needle.count) { needle.write(to: $0) }
    },
    Way(name: "the key of an HMAC", elsewhere: 0, reason: "none") { needle, _ in
      for hash in [HMAC.Hash.sha256, .sha512] {
        _ = HMAC.authenticate(Array("message".utf8), key: needle.guarded(), hash: hash)
      }
    },
    Way(name: "the key of a derivation", elsewhere: 0, reason: "none") { needle, _ in
      _ = KeyDerivation.keyedBLAKE2b(key: needle.guarded(), message: [1], count: 32)
      _ = KeyDerivation.hkdfSHA256(input: needle.guarded(), salt: [1], info: [2], count: 32)
    },
    Way(name: "the key of a cipher", elsewhere: 0, reason: "none") { needle, _ in
      let nonce = RandomBytes.make(24)
      let sealed = XChaCha20Poly1305.seal(
        Array("text".utf8), key: needle.guarded(), nonce: nonce, associatedData: [])
      _ = try XChaCha20Poly1305.open(sealed, key: needle.guarded(), nonce: nonce, associatedData: [])
    },
    Way(name: "the seed of a signature", elsewhere: 0, reason: "none") { needle, _ in
      _ = Ed25519.sign([1, 2, 3], seed: needle.guarded())
    },
    Way(name: "a comparison", elsewhere: 0, reason: "none") { needle, _ in
      _ = ConstantTime.areEqual(needle.guarded(), needle.guarded())
    },
    Way(name: "sealed and opened in guarded memory", elsewhere: 0, reason: "none") { needle, place in
      let envelope = try needle.guarded().withBytes { try place.keyring.seal($0, in: row) }
      _ = try place.keyring.openGuarded(envelope, in: row)
    },
    Way(name: "the key of a webhook", elsewhere: 0, reason: "none") { needle, _ in
      guard let scheme = SchemeCatalogue.builtIn.scheme(named: "github") else { return }
      _ = try EndpointKey(text: needle.guarded(), encoding: .utf8, named: "k", for: scheme)
    },
    Way(name: "sealed and opened in ordinary memory", elsewhere: 1, reason: "the array that is given back") {
      needle, place in
      let envelope = try needle.guarded().withBytes { try place.keyring.seal($0, in: row) }
      _ = try place.keyring.open(envelope, in: row)
    },
    Way(name: "an array, as a request brings it", elsewhere: 1, reason: "the array") { needle, _ in
      withExtendedLifetime(needle.array()) {}
    },
    Way(
      name: "a secret of the store", elsewhere: 6,
      reason:
        "the entered array, fields, their JSON, its tape, the labelled text and its encoding, before sealing and after opening"
    ) {
      needle, place in
      let path = try KVPath("kv/needle")
      let fields = try KVFields(strings: [(name: "value", value: needle.array())])
      let now = Instant(secondsSinceEpoch: 1_800_000_000)
      let version = try KVVersion(path: path, version: 1, hosts: .any, createdAt: now, fields: fields)
      let envelope = try version.sealed(with: place.keyring)
      _ = try KVVersion.open(envelope, path: path, version: 1, hosts: .any, createdAt: now, with: place.keyring)
    },
    Way(
      name: "a value of a run, in a request that is sent", elsewhere: 5,
      reason: "the labelled text, the table, the rendered field, the request and its record"
    ) {
      needle, place in
      var table = ValueTable()
      let text = LabeledText(
        text: needle.array(), label: Label(origin: .secret(path: "kv/x", version: 1), rule: .masked, hosts: .any))
      let handle = try table.insert(text)
      let template = try URLTemplate(
        base: "https://api.example.com", resource: "/x", segments: .whole, allowingPlainHTTP: { _ in false })
      let request = try RenderedRequest(
        method: "POST", template: template, values: [:],
        headers: [RequestField("X-Key", RenderedText(try table.text(handle)))])
      _ = try send(request, place)
      table.removeAll()
    },
    Way(
      name: "a parameter that is bound to a URL, sent and searched for", elsewhere: 6,
      reason: "the entered value, the opened one, the request, the registry, and every form while the matcher is built"
    ) {
      needle, place in
      let template = try URLTemplate(
        base: "https://api.example.com", resource: "/x", segments: .whole, allowingPlainHTTP: { _ in false })
      let parameters = BoundParameters(place.keyring)
      let spot = ParameterPlace(methodID: "m", kind: .header, name: "X-Key", httpMethod: "POST", generation: 1)
      let bound = BoundParameter(
        place: spot, envelope: try parameters.seal(needle.array(), as: .literal, at: spot, template: template))
      let request = try RenderedRequest(
        method: "POST", template: template, values: [:], headers: [RequestField(bound)])
      _ = try send(request, place)
    },
    Way(name: "a secret that logs are searched for", elsewhere: 6, reason: "its forms, until the matcher is built") {
      needle, _ in
      var builder = MatcherBuilder()
      _ = builder.add(needle.array(), name: SecretName("needle", pseudonym: "0000"))
      _ = builder.build().redact(Array("nothing of it".utf8))
    },
  ]

  private static let row = EnvelopeContext(
    purpose: .kvSecret, table: "secret", row: "1", column: "fields", context: [[1], [2]], version: 1)

  private static func send(_ request: RenderedRequest, _ place: Place) throws -> Int {
    let url = try CanonicalURL("https://api.example.com/", allowingPlainHTTP: { _ in false })
    guard let address = IPAddress("93.184.216.34") else { return 0 }
    let dial = try EgressRules(allowed: []).check(url: url, resolved: address).get()
    var registry = SecretRegistry(pseudonyms: Pseudonyms(run: "r") { _ in "0000" })
    let sent = try SendDoor(BoundParameters(place.keyring)).open(request, for: dial, registry: &registry).get()
    _ = registry.view()
    return sent.headers.count
  }
}
