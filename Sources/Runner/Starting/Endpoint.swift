import Cryptography
import Encodings
import Labels
package import Runbooks
import SecretStore
import Storage
package import Webhooks

/// A runbook's public endpoint as it stands in memory: checked when it was loaded, so that a request costs
/// no look-up on disk.
package struct Endpoint: Sendable {
  package let configuration: EndpointConfiguration
  package let keys: EndpointKeys
  package let bundle: LoadedBundle
  package let answer: StartAnswer
  /// The secret that a handshake must bring; nil where none is asked for or none has been entered.
  package let verifyToken: VerifyToken?
  let clearance: RunClearance
  /// Whether a start reads secrets or sealed values, which costs look-ups.
  let needsStartingValues: Bool
}

/// All endpoints at one moment: an immutable value, so that a request is decided by one state of things.
package struct EndpointSnapshot: Sendable {
  let endpoints: [String: Endpoint]
  /// Runbooks that cannot be started from outside, with what stands in the way; for their authors.
  package let faults: [String: String]

  /// No endpoint at all: what a sealed service knows, where every start is answered as unknown.
  package static let empty = EndpointSnapshot(endpoints: [:], faults: [:])

  package subscript(id: String) -> Endpoint? { endpoints[id] }
}

/// Builds endpoints from documents and their sealed credentials.
struct EndpointReading: Sendable {
  let library: DocumentLibrary
  private var parts: ServiceParts { library.parts }

  func snapshot() async throws -> EndpointSnapshot {
    var endpoints: [String: Endpoint] = [:]
    var faults: [String: String] = [:]
    for (row, document) in try await library.readableRunbooks() {
      do {
        endpoints[row.id] = try await endpoint(try document.get())
      } catch {
        // The service goes on without it: one damaged document must not stop the others.
        if let draft = ServiceFault(error).integrityDraft(actor: .service) {
          _ = try? await parts.store.commit(WriteBatch(ledger: [draft]))
        }
        faults[row.id] = ServiceFault.sentence(of: error)
      }
    }
    return EndpointSnapshot(endpoints: endpoints, faults: faults)
  }

  private func endpoint(_ document: RunbookDocument) async throws -> Endpoint {
    let start = document.start.publicStart
    let bundle = try await library.currentBundle(of: document)
    let reading = MaterialReading(parts: parts)
    let clearance = try await reading.clearance(of: bundle)
    let authentication = try Self.authentication(start?.authentication)
    let base = parts.publicURL ?? "http://localhost"
    let configuration = try EndpointConfiguration(
      id: document.id, access: start == nil ? .internalOnly : .internalAndPublic,
      isActive: document.isActive && document.activationObstacles.isEmpty, authentication: authentication,
      timestampHeader: try start?.timestampHeader.map { try HeaderName($0) },
      publicURL: "\(base)/api/automation/\(document.id)", challenge: try Self.challenge(start),
      challengeSettings: Self.challengeSettings(start))
    return Endpoint(
      configuration: configuration,
      keys: try await keys(of: document, authentication: authentication, clearance: clearance),
      bundle: bundle, answer: start?.answer ?? .accepted,
      verifyToken: try await verifyToken(of: document, clearance: clearance), clearance: clearance,
      needsStartingValues: document.variables.contains { $0.initialValue != .none })
  }

  /// The verifier's settings for what the document says. An unknown kind never falls to none.
  static func authentication(_ start: StartAuthentication?) throws -> EndpointAuthentication {
    switch start {
    case nil, StartAuthentication.none?: return .none
    case .basic(let username, _)?: return .basic(username: username)
    case .bearer?: return .bearer
    case .headerSecret(let header, _)?: return .headerSecret(header: try HeaderName(header))
    case .uriSecret(let parameter, _)?: return .uriSecret(parameter: try ParameterName(parameter))
    case .unset(let kind)?:
      throw ServiceFault.conflict("The authentication \(kind) is not known here; set another one.")
    case .signature(let settings)?:
      switch settings.method {
      case .scheme(let name):
        guard let scheme = SchemeCatalogue.builtIn.scheme(named: name) else {
          throw ServiceFault.conflict("There is no signature scheme `\(name)`.")
        }
        return .signature(scheme)
      case .recipe(let recipe): return .signature(try Webhooks.SignatureRecipe(recipe).scheme())
      }
    }
  }

  private func keys(
    of document: RunbookDocument, authentication: EndpointAuthentication, clearance: RunClearance
  ) async throws -> EndpointKeys {
    guard let credential = document.start.publicStart?.authentication.credential else { return .none }
    guard let text = try await secret(credential, of: document, clearance: clearance) else { return .none }
    let key: EndpointKey
    if case .signature(let scheme) = authentication {
      key = try EndpointKey(text: text, encoding: .utf8, named: credential.name, for: scheme)
    } else {
      key = try EndpointKey(secret: text, named: credential.name, for: authentication)
    }
    return try EndpointKeys([key])
  }

  func secret(
    _ credential: (name: String, source: CredentialSource), of document: RunbookDocument, clearance: RunClearance
  ) async throws -> GuardedBytes? {
    switch credential.source {
    case .entered:
      let rows = try await parts.store.sealedRows(owner: SealedOwner.runbook(document.id))
      guard let row = rows.first(where: { $0.place.kind == .auth && $0.place.name == credential.name }) else {
        return nil
      }
      return try SealedValues(keyring: parts.keyring, rules: parts.rules)
        .openStartCredential(row, runbookID: document.id)
    case .secret(let reference):
      let path = try KVPath(reference.path)
      guard case .success(let granted) = clearance.granted(path),
        let stored = try await parts.store.secret(path: path.text)
      else { return nil }
      return try SecretShelf(parts: parts).verificationKey(stored, field: reference.field, granted: granted)
    }
  }
}

extension Webhooks.SignatureRecipe {
  init(_ recipe: SignatureRecipeSettings) {
    self.init(
      header: recipe.header, algorithm: Hash(rawValue: recipe.algorithm.rawValue) ?? .sha256,
      digest: DigestForm(rawValue: recipe.digest.rawValue) ?? .hex, prefix: recipe.prefix,
      headersToSign: recipe.signedHeaders)
  }
}

extension ServiceFault {
  /// The sentence of any error of the rooms below, without a value of anybody.
  static func sentence(of error: any Error) -> String {
    switch error {
    case let fault as WebhookFault: fault.message
    case let fault as ValueFault: fault.message
    default: ServiceFault(error).sentence
    }
  }
}
