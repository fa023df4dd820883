package import Keyring
import Labels
import MessageSignatures
package import Runbooks
import SecretStore
import Storage
package import Webhooks

/// A runbook's public endpoint as it stands in memory: checked when it was loaded, so that a request costs
/// no look-up on disk. It never changes, and is a reference, so that a request copies no settings.
package final class Endpoint: Sendable {
  package let configuration: EndpointConfiguration
  package let keys: EndpointKeys
  package let bundle: LoadedBundle
  package let answer: StartAnswer
  /// Whether the certificate that a request names is fetched.
  package let fetchesKeys: Bool
  /// The secret that a handshake must bring; nil where none is asked for or none has been entered.
  package let verifyToken: VerifyToken?
  let clearance: RunClearance
  /// Whether a start reads secrets or sealed values, which costs look-ups.
  let needsStartingValues: Bool
  /// The most names of deliveries without a signed time that are kept.
  package let keptLimit: Int
  /// Whether every key of the document could be read: only then is it known which keys are gone.
  let hasAllKeys: Bool
  /// What is wrong with single keys, one sentence each.
  package let notes: [String]
  /// The epochs that keys had before these were made of the material, and what they are called now.
  let earlierEpochs: [String: String]
  private let epochs: KeyEpochs

  init(
    configuration: EndpointConfiguration, keys: EndpointKeys, bundle: LoadedBundle, answer: StartAnswer,
    fetchesKeys: Bool, verifyToken: VerifyToken?, clearance: RunClearance, needsStartingValues: Bool, keptLimit: Int,
    hasAllKeys: Bool, notes: [String], earlierEpochs: [String: String], epochs: KeyEpochs
  ) {
    self.configuration = configuration
    self.keys = keys
    self.bundle = bundle
    self.answer = answer
    self.fetchesKeys = fetchesKeys
    self.verifyToken = verifyToken
    self.clearance = clearance
    self.needsStartingValues = needsStartingValues
    self.keptLimit = keptLimit
    self.hasAllKeys = hasAllKeys
    self.notes = notes
    self.earlierEpochs = earlierEpochs
    self.epochs = epochs
  }

  /// The same endpoint where others answer handshakes with a MAC under a secret that it has too.
  func held(against others: [Endpoint]) -> Endpoint {
    let names = others.map { "`\($0.configuration.id)`" }.sorted().joined(separator: ", ")
    let note =
      "The handshakes of \(names) are answered with a secret of this endpoint: what they could sign is refused here. "
      + "Give each endpoint a secret of its own."
    return Endpoint(
      configuration: configuration.refusing(whatAnswers: others.compactMap(\.configuration.challenge)), keys: keys,
      bundle: bundle, answer: answer, fetchesKeys: fetchesKeys, verifyToken: verifyToken, clearance: clearance,
      needsStartingValues: needsStartingValues, keptLimit: keptLimit, hasAllKeys: hasAllKeys, notes: notes + [note],
      earlierEpochs: earlierEpochs, epochs: epochs)
  }

  /// The epochs of the keys for which deliveries must be kept; nil where none are kept, or it is not known. What
  /// certificates a sender may publish again is never known.
  var keptEpochs: [String]? {
    configuration.keepsDeliveries && hasAllKeys && !fetchesKeys ? keys.epochs : nil
  }

  /// The keys, and one that was fetched for a request. Throws `sealed`.
  package func keys(adding fetched: FetchedKey?) throws(KeyringError) -> EndpointKeys {
    try keys.adding(fetched, namedBy: epochs.name)
  }
}

/// All endpoints at one moment: an immutable value, so that a request is decided by one state of things.
package struct EndpointSnapshot: Sendable {
  let endpoints: [String: Endpoint]
  /// Those that are public, in an order that stays: one of them stands in for an id that leads to none.
  private let standIns: [Endpoint]
  /// Runbooks that cannot be started from outside, with what stands in the way; for their authors.
  package let faults: [String: String]
  /// Those of them that are meant to be.
  private let meantPublic: Set<String>
  /// What their keys are read from.
  let sources: EndpointSources

  init(
    endpoints: [String: Endpoint], faults: [String: String], meantPublic: Set<String> = [],
    sources: EndpointSources = EndpointSources()
  ) {
    self.endpoints = endpoints
    self.faults = faults
    self.meantPublic = meantPublic
    self.sources = sources
    standIns = endpoints.values.filter { $0.configuration.access == .internalAndPublic }
      .sorted { $0.configuration.id < $1.configuration.id }
  }

  /// The public endpoint of an id, or another one whose work is done in its place, always the same for one id: so the time
  /// of an answer does not tell whether the id leads anywhere, nor by which scheme. Nil where there is none at all.
  ///
  /// - Parameter number: a keyed hash of the id, taken whether it is needed or not.
  package func endpoint(_ id: String, standIn number: UInt64) -> (endpoint: Endpoint, standsIn: Bool)? {
    if let found = endpoints[id], found.configuration.access == .internalAndPublic { return (found, false) }
    guard !standIns.isEmpty else { return nil }
    return (standIns[Int(number % UInt64(standIns.count))], true)
  }

  /// What stands in the way of a public start that a document has; nil where nothing does, or it has none.
  package func obstacle(toStartOf id: String) -> String? { meantPublic.contains(id) ? faults[id] : nil }

  /// No endpoint at all: what a sealed service knows, where every start is answered as unknown.
  package static let empty = EndpointSnapshot(endpoints: [:], faults: [:])

  package subscript(id: String) -> Endpoint? { endpoints[id] }

  package var all: [Endpoint] { Array(endpoints.values) }
}

/// Where endpoints have their keys, those that could not be read included: what they wait for may come.
struct EndpointSources: Equatable, Sendable {
  /// Paths of the key/value store.
  private(set) var secrets: Set<String> = []
  private(set) var namedKeys: Set<String> = []

  mutating func add(_ document: RunbookDocument) {
    for credential in document.start.publicStart?.credentials ?? [] {
      switch credential.source {
      case .entered: break
      case .secret(let reference): secrets.insert((try? KVPath(reference.path))?.text ?? reference.path)
      case .named(let reference): namedKeys.insert(reference.name.text)
      }
    }
  }
}

/// Builds endpoints from documents and their sealed credentials.
struct EndpointReading: Sendable {
  let library: DocumentLibrary
  private var parts: ServiceParts { library.parts }

  func snapshot() async throws -> EndpointSnapshot {
    var endpoints: [String: Endpoint] = [:]
    var faults: [String: String] = [:]
    var meantPublic: Set<String> = []
    var sources = EndpointSources()
    let schemes = EndpointSchemes(try await library.readableSchemes())
    for (row, document) in try await library.readableRunbooks() {
      if let document = try? document.get() { sources.add(document) }
      do {
        endpoints[row.id] = try await endpoint(try document.get(), schemes)
      } catch {
        // The service goes on without it: one damaged document must not stop the others.
        if let draft = ServiceFault(error).integrityDraft(actor: .service) {
          _ = try? await parts.store.commit(WriteBatch(ledger: [draft]))
        }
        faults[row.id] = ServiceFault.sentence(of: error)
        if (try? document.get())?.start.publicStart != nil { meantPublic.insert(row.id) }
      }
    }
    return EndpointSnapshot(
      endpoints: Self.held(endpoints), faults: faults, meantPublic: meantPublic, sources: sources)
  }

  /// Whoever answers handshakes with a MAC signs what anybody asks for: wherever the same secret checks signatures, that
  /// is to be known.
  private static func held(_ endpoints: [String: Endpoint]) -> [String: Endpoint] {
    let signing = endpoints.values.filter { $0.configuration.challenge?.computesForAnybody ?? false }
    guard !signing.isEmpty else { return endpoints }
    return endpoints.mapValues { endpoint in
      let others = signing.filter { other in other !== endpoint && other.keys.shareSecret(with: endpoint.keys) }
      return others.isEmpty ? endpoint : endpoint.held(against: others)
    }
  }

  private func endpoint(_ document: RunbookDocument, _ schemes: EndpointSchemes) async throws -> Endpoint {
    let start = document.start.publicStart
    let bundle = try await library.currentBundle(of: document)
    let reading = MaterialReading(parts: parts)
    let clearance = try await reading.clearance(of: bundle)
    let authentication = try Self.authentication(start?.authentication, schemes)
    let base = parts.publicURL ?? "http://localhost"
    let configuration = try EndpointConfiguration(
      id: document.id, access: start == nil ? .internalOnly : .internalAndPublic,
      isActive: document.isActive && document.activationObstacles.isEmpty, authentication: authentication,
      timestampHeader: try start?.timestampHeader.map { try HeaderName($0) },
      publicURL: "\(base)/api/automation/\(document.id)", settings: start?.schemeSettings ?? [:],
      remembersDeliveries: start?.remembersDeliveries ?? true, challenge: try Self.challenge(start),
      challengeSettings: Self.challengeSettings(start))
    let keyReading = EndpointKeyReading(parts: parts, document: document, clearance: clearance)
    let read = try await keyReading.keys(for: authentication)
    return Endpoint(
      configuration: configuration, keys: read.keys, bundle: bundle, answer: start?.answer ?? .accepted,
      fetchesKeys: start?.authentication.fetchesKeys ?? false, verifyToken: try await keyReading.verifyToken(),
      clearance: clearance,
      needsStartingValues: document.hasStoredValues,
      keptLimit: start?.rememberedLimit ?? PublicStart.defaultRememberedLimit, hasAllKeys: read.isComplete,
      notes: read.notes, earlierEpochs: read.earlierEpochs, epochs: keyReading.epochs)
  }

  /// The verifier's settings for what the document says. An unknown kind never falls to none.
  static func authentication(
    _ start: StartAuthentication?, _ schemes: EndpointSchemes
  ) throws -> EndpointAuthentication {
    switch start {
    case nil, StartAuthentication.none?: return .none
    case .basic(let username, _)?: return .basic(username: username)
    case .bearer?: return .bearer
    case .headerSecret(let header, _)?: return .headerSecret(header: try HeaderName(header))
    case .uriSecret(let parameter, _)?: return .uriSecret(parameter: try ParameterName(parameter))
    case .unset(let found)?:
      let reason = found.isEmpty ? "" : ": \(found)"
      throw ServiceFault.conflict("The authentication of its public endpoint is not set\(reason); set it.")
    case .messageSignature(let settings)?:
      do throws(MessageSignaturePolicy.Fault) {
        return .messageSignature(try settings.policy())
      } catch {
        throw ServiceFault.conflict("The message signature cannot be checked: \(error.message).")
      }
    case .signature(let settings)?:
      switch settings.method {
      case .scheme(let name): return .signature(try schemes.scheme(named: name))
      case .recipe(let recipe): return .signature(try recipe.expanded.scheme())
      }
    }
  }
}

extension StartAuthentication {
  /// Whether the certificate that a request names is fetched.
  var fetchesKeys: Bool {
    guard case .signature(let signature) = self else { return false }
    return signature.fetchesKeys
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
