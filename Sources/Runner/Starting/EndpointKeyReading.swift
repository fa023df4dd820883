import Cryptography
import Labels
import NamedKeys
import Runbooks
import SecretStore
import Storage
import Webhooks

/// The keys of an endpoint as they could be read.
struct ReadKeys: Sendable {
  var keys: EndpointKeys = .none
  /// Whether every key of the document is among them.
  var isComplete = true
  /// What is wrong with the others, one sentence each, for the authors.
  var notes: [String] = []
  /// What the epochs were called before they were made of the material.
  var earlierEpochs: [String: String] = [:]
}

/// Opens the credentials of an endpoint.
struct EndpointKeyReading: Sendable {
  let parts: ServiceParts
  let document: RunbookDocument
  let clearance: RunClearance

  var epochs: KeyEpochs { KeyEpochs(keyring: parts.keyring, endpointID: document.id) }

  /// A key that is wrong does not close the endpoint to those that are right: else a slip in entering the next key would
  /// turn away what the present one signs. One alone that is wrong is a fault.
  func keys(for authentication: EndpointAuthentication) async throws -> ReadKeys {
    let credentials = document.start.publicStart?.authentication.credentials ?? []
    var found: [EndpointKey] = []
    var read = ReadKeys()
    for credential in credentials {
      do {
        let one: (key: EndpointKey, earlierEpoch: String, notes: [String])?
        if let reference = credential.source.namedKey {
          one = try await named(reference, credential.name, for: authentication)
        } else {
          one = try await secret(credential).map { text, epoch in
            (try Self.key(text, named: credential.name, of: document, for: authentication), epoch, [])
          }
        }
        if let one {
          let key = try one.key.named(by: epochs.name)
          found.append(key)
          if case .signature(let scheme) = authentication, let note = key.weakness(for: scheme) {
            read.notes.append(note)
          }
          read.notes += one.notes
          read.earlierEpochs[one.earlierEpoch] = key.epochs.first
        } else {
          read.isComplete = false
          read.notes.append("The key `\(credential.name)` cannot be used: \(try await obstacle(credential)).")
        }
      } catch {
        if credentials.count == 1 { throw error }
        read.isComplete = false
        read.notes.append("The key `\(credential.name)` cannot be used: \(ServiceFault.sentence(of: error))")
      }
    }
    read.keys = try EndpointKeys(found)
    try MessageKeys.check(read.keys)
    return read
  }

  /// The secret that a handshake must bring; nil where none is asked for or none has been entered.
  func verifyToken() async throws -> VerifyToken? {
    guard let source = document.start.publicStart?.initialVerification.settings?.verifyToken else { return nil }
    guard let (text, _) = try await secret((ChallengeSettings.verifyTokenName, source)) else { return nil }
    return try VerifyToken(text)
  }

  /// A named key with the newest versions that count; nil where it is not granted.
  private func named(
    _ reference: KeyReference, _ name: String, for authentication: EndpointAuthentication
  ) async throws -> (EndpointKey, earlierEpoch: String, notes: [String])? {
    guard case .success(let granted) = clearance.granted(KeyUse(reference.name, .verify)) else { return nil }
    let book = KeyBook(parts: parts)
    switch document.start.publicStart?.authentication {
    case .messageSignature(let settings):
      guard let key = settings.keys.first(where: { $0.key.name == name }) else { return nil }
      let found = try await book.versions(reference, granted: granted, for: key.algorithm.macHash)
      let made = try EndpointKey(
        versions: found.versions, messageAlgorithm: key.algorithm, keyID: key.keyID, named: name,
        validity: try KeyValidity(notBefore: key.key.notBefore, notAfter: key.key.notAfter))
      return (made, "key/\(found.id)", found.notes(name))
    case .signature(let settings):
      guard case .signature(let scheme) = authentication, let key = settings.keys.first(where: { $0.name == name })
      else { return nil }
      let found = try await book.versions(reference, granted: granted, for: scheme.algorithm.macHash)
      let made = try EndpointKey(
        versions: found.versions, named: name, for: scheme,
        validity: try KeyValidity(notBefore: key.notBefore, notAfter: key.notAfter), standing: found.others)
      return (made, "key/\(found.id)", found.notes(name))
    default: return nil
    }
  }

  /// A key that was entered, or lies in a secret. Throws `WebhookFault`.
  static func key(
    _ text: GuardedBytes, named name: String, of document: RunbookDocument, for authentication: EndpointAuthentication
  ) throws -> EndpointKey {
    if case .messageSignature(let settings)? = document.start.publicStart?.authentication,
      let key = settings.keys.first(where: { $0.key.name == name })
    {
      return try EndpointKey(
        text: text, encoding: key.encoding, messageAlgorithm: key.algorithm, keyID: key.keyID, named: name,
        validity: try KeyValidity(notBefore: key.key.notBefore, notAfter: key.key.notAfter))
    }
    guard case .signature(let scheme) = authentication,
      case .signature(let settings)? = document.start.publicStart?.authentication,
      let key = settings.keys.first(where: { $0.name == name })
    else { return try EndpointKey(secret: text, named: name, for: authentication) }
    return try EndpointKey(
      text: text, encoding: key.encoding ?? scheme.keyEncoding ?? .utf8, named: name, for: scheme, url: key.url,
      validity: try KeyValidity(notBefore: key.notBefore, notAfter: key.notAfter))
  }

  /// Why a credential could not be read, and what helps.
  private func obstacle(_ credential: (name: String, source: CredentialSource)) async throws -> String {
    let refusal: GrantRefusal
    switch credential.source {
    case .entered:
      let slot = SealedSlot.startCredential(runbook: document.id, name: credential.name)
      return "nothing has been entered; `\(slot.command)` enters it"
    case .named(let reference):
      guard case .failure(let found) = clearance.granted(KeyUse(reference.name, .verify)) else {
        return "the endpoint's kind of signature takes no named key"
      }
      refusal = found
    case .secret(let reference):
      let path = try KVPath(reference.path)
      guard case .failure(let found) = clearance.granted(path) else {
        return "there is no secret \(path.text); `chancery kv put \(path.text) \(reference.field)=-` enters it"
      }
      refusal = found
    }
    return refusal.message
  }

  /// The credential's text, and what named it before epochs were made of the material.
  private func secret(
    _ credential: (name: String, source: CredentialSource)
  ) async throws -> (text: GuardedBytes, epoch: String)? {
    switch credential.source {
    case .named: return nil
    case .entered:
      let rows = try await parts.store.sealedRows(owner: SealedOwner.runbook(document.id))
      guard let row = rows.first(where: { $0.place.kind == .auth && $0.place.name == credential.name }) else {
        return nil
      }
      let text = try SealedValues(keyring: parts.keyring, rules: parts.rules)
        .openStartCredential(row, runbookID: document.id)
      return (text, "entered/\(credential.name)/\(row.generation)")
    case .secret(let reference):
      let path = try KVPath(reference.path)
      guard case .success(let granted) = clearance.granted(path),
        let stored = try await parts.store.secret(path: path.text)
      else { return nil }
      let text = try SecretShelf(parts: parts).verificationKey(stored, field: reference.field, granted: granted)
      return (text, "\(reference.text)/\(stored.version)")
    }
  }
}
