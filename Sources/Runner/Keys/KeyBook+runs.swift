import Cryptography
import Labels
package import Ledger
import MessageSignatures
package import NamedKeys
import SecretStore
import Webhooks

/// Keys in the hands of runs and endpoints. Whoever asks brings the proof of the grant.
extension KeyBook {
  /// What signs one request by a key for messages. The use is on record, and in the ledger, before anything is signed.
  ///
  /// Throws `notFound`, or what is wrong with the key.
  func signer(
    _ reference: KeyReference, granted: GrantedKeyUse, as algorithm: MessageSignatureAlgorithm, by actor: LedgerActor
  ) async throws -> KeySigner {
    try Self.expect(granted, reference, algorithm.macHash == nil ? .sign : .hmac)
    let (key, material, version) = try await prepare(reference.name, .messages, reference.version)
    let label = LabelProducers.namedKey(name: key.name.text, version: version, hosts: granted.pinnedHosts)
    let signer = try KeySigner(try BareSigner(key, version, material), of: key, algorithm, label: label)
    _ = try await cover(key, version)
    try await record(key, version, "sign-message", by: actor)
    return signer
  }

  /// What signatures and MACs by a key for messages are checked with: each version that verifies, newest first, or the
  /// one that is named. `id` tells the key from a later one of its name; `others` are the versions beside them, which
  /// could be made to count again.
  ///
  /// - Parameter algorithm: nil where only the type of the key decides.
  func versions(
    _ reference: KeyReference, granted: GrantedKeyUse, for hash: HMAC.Hash?
  ) async throws -> VerifyingVersions {
    try Self.expect(granted, reference, .verify)
    let key = try await key(reference.name)
    try key.expectUsable(for: .messages)
    guard !key.isDerived else { throw Self.derived(key.name) }
    let wanted = try reference.version.map { [try key.versions.opening($0)] } ?? key.versions.verifying
    // Each costs a verification per request. Older ones give way, so that a rotation closes no endpoint.
    let newest = wanted.prefix(WebhookLimits.keysPerEndpoint)
    var versions: [KeyVersionAccess] = []
    for version in newest {
      if let bytes = version.publicKey {
        guard let publicKey = try? PublicKey(subjectPublicKeyInfo: bytes) else { throw NamedKeyError.damaged }
        versions.append(.publicKey(publicKey))
      } else {
        guard let algorithm = hash.flatMap({ MessageSignatureAlgorithm(mac: $0) }) else {
          throw NamedKeyError.algorithm(key.type)
        }
        let material = try await material(key, version.number)
        let signer = try BareSigner.verifying(key, version.number, material)
        versions.append(
          .authenticator(
            try KeySigner(signer, of: key, algorithm, label: .clear), try Self.identity(of: version, key)))
      }
    }
    let numbers = Set(newest.map(\.number))
    let others = key.versions.all.reversed().filter { !numbers.contains($0.number) }
    return VerifyingVersions(
      id: key.id, versions: versions, others: try others.map { try Self.identity(of: $0, key) }, count: wanted.count,
      key: key.name)
  }

  /// What tells the material of a version from any other.
  private static func identity(of version: KeyVersion, _ key: NamedKey) throws(NamedKeyError) -> KeyIdentity {
    guard let bytes = version.publicKey else { return .version(id: key.id, version.number) }
    guard let publicKey = try? PublicKey(subjectPublicKeyInfo: bytes) else { throw .damaged }
    return KeyIdentity(publicKey)
  }

  /// A version that makes one thing for a step. The use is on record, and in the ledger, before anything is made.
  ///
  /// Throws `notFound`, or what is wrong with the key.
  func making(
    _ reference: KeyReference, granted: GrantedKeyUse, _ operation: KeyOperation, _ purpose: KeyPurpose,
    action: String, by actor: LedgerActor
  ) async throws -> (key: NamedKey, version: UInt32, material: KeyMaterial) {
    try Self.expect(granted, reference, operation)
    let (key, material, version) = try await prepare(reference.name, purpose, reference.version)
    _ = try await cover(key, version)
    try await record(key, version, action, by: actor)
    return (key, version, material)
  }

  /// The versions that open or verify for a step, newest first, or the one that is named. Versions of a key pair come
  /// without their private half.
  ///
  /// Throws `notFound`, or what is wrong with the key.
  func opening(
    _ reference: KeyReference, granted: GrantedKeyUse, _ operation: KeyOperation, _ purpose: KeyPurpose
  ) async throws -> (key: NamedKey, versions: [(number: UInt32, material: KeyMaterial?)]) {
    try Self.expect(granted, reference, operation)
    let key = try await key(reference.name)
    try key.expectUsable(for: purpose)
    let wanted = try reference.version.map { [try key.versions.opening($0)] } ?? key.versions.verifying
    var versions: [(number: UInt32, material: KeyMaterial?)] = []
    for version in wanted.prefix(Self.mostOpening) {
      let needed = version.publicKey == nil ? try await material(key, version.number) : nil
      versions.append((version.number, needed))
    }
    return (key, versions)
  }

  /// Versions that a step tries: the newest. An older one is named by its number.
  static let mostOpening = 32

  /// Adds the signature of a key for signing to a receipt, beside the ledger's. What is signed are the receipt's lines,
  /// bound to the key as everything of `Signer`. Throws `purpose`, `deleted`, and `noPublicHalf` for a MAC key.
  package func sign(_ receipt: RunReceipt, with name: KeyName, by actor: LedgerActor) async throws -> RunReceipt {
    let key = try await key(name)
    // Before anything is signed.
    try key.expectUsable(for: .signing)
    _ = try PublicKeyVersion(key, key.versions.latest)
    let used = try await sign(receipt.body, with: name, version: key.versions.latest, context: nil, by: actor)
    let version = try PublicKeyVersion(key, used.version)
    return try receipt.adding(
      name: version.signerName, keyID: version.signerID, signature: try KeyText(used.result).bytes)
  }

  /// A proof is for one operation of one key.
  private static func expect(
    _ granted: GrantedKeyUse, _ reference: KeyReference, _ operation: KeyOperation
  ) throws(ServiceFault) {
    guard granted.use == KeyUse(reference.name, operation) else {
      throw .denied("The grant of \(granted.use) does not cover this use of the key \(reference.name).")
    }
  }
}

/// What an endpoint checks by.
struct VerifyingVersions {
  let id: String
  /// Newest first.
  let versions: [KeyVersionAccess]
  let others: [KeyIdentity]
  /// All that verify, those included that are too many.
  let count: Int
  let key: KeyName

  /// What the authors of an endpoint should know, whose key `name` this is: before a rotation leaves a version out, and
  /// after.
  func notes(_ name: String) -> [String] {
    let most = WebhookLimits.keysPerEndpoint
    if count > most {
      return [
        "The key `\(name)`: \(count) versions of `\(key)` verify, and only the newest \(most) are tried; retire the others "
          + "(`key config \(key) --min-decryption N`)."
      ]
    }
    guard count == most else { return [] }
    return [
      "The key `\(name)`: \(count) versions of `\(key)` verify, as many as are tried; the next rotation leaves the oldest out."
    ]
  }
}

extension MessageSignatureAlgorithm {
  /// The MAC with this hash.
  init?(mac hash: HMAC.Hash) {
    guard let found = Self.allCases.first(where: { $0.macHash == hash }) else { return nil }
    self = found
  }
}
