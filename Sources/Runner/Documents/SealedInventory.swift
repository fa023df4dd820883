import Cryptography
import Destinations
import Egress
import Encodings
import Keyring
import Labels
import Runbooks
import Storage

/// All documents and write-only values at one moment: which places there are, which are filled, and how a
/// further value for one of them is sealed.
struct SealedInventory: Sendable {
  private let parts: ServiceParts
  private(set) var integrations: [String: IntegrationDocument]
  private(set) var runbooks: [String: RunbookDocument]
  /// Owners whose documents cannot be read, by the document's own, with it and those of its methods: what was entered for them
  /// stays until it is deleted or imported over.
  private var unreadable: [String: Set<String>] = [:]
  /// Stored values by place.
  private(set) var rows: [SealedPlace: SealedRow] = [:]

  init(parts: ServiceParts, library: DocumentLibrary) async throws {
    self.parts = parts
    integrations = [:]
    runbooks = [:]
    for (row, document) in try await library.integrationRows() {
      if let document {
        integrations[document.id] = document
      } else {
        let owner = SealedOwner.integration(row.id)
        let methods = try await library.methodIDs(of: row)
        unreadable[owner] = Set(methods.map(SealedOwner.method) + [owner])
      }
    }
    for (row, document) in try await library.runbookRows() {
      let owner = SealedOwner.runbook(row.id)
      if let document { runbooks[document.id] = document } else { unreadable[owner] = [owner] }
    }
    for owner in owners.union(unreadableOwners) {
      for row in try await parts.store.sealedRows(owner: owner) { rows[row.place] = row }
    }
  }

  private var owners: Set<String> {
    var owners = Set(runbooks.keys.map(SealedOwner.runbook))
    for integration in integrations.values {
      owners.insert(SealedOwner.integration(integration.id))
      owners.formUnion(integration.methods.map { SealedOwner.method($0.id) })
    }
    return owners
  }

  private var unreadableOwners: Set<String> { unreadable.values.reduce(into: []) { $0.formUnion($1) } }

  /// The same after these documents have been saved.
  func replacing(_ read: ReadDocuments) -> SealedInventory {
    var next = self
    for document in read.integrations.map(\.document) {
      next.integrations[document.id] = document
      next.unreadable[SealedOwner.integration(document.id)] = nil
    }
    for document in read.runbooks.map(\.document) {
      next.runbooks[document.id] = document
      next.unreadable[SealedOwner.runbook(document.id)] = nil
    }
    return next
  }

  func method(_ reference: MethodReference) -> (integration: IntegrationDocument, method: Method)? {
    guard case .named(let id, let name) = reference, let integration = integrations[id],
      let method = integration.method(named: name)
    else { return nil }
    return (integration, method)
  }

  func place(of slot: SealedSlot) -> SealedPlace? {
    SealedValues.place(slot) { integration, name in integrations[integration]?.method(named: name)?.id }
  }

  /// What both a runbook and an integration is called, by id or name: `chancery set` asks there which one is meant.
  var sharedNames: Set<String> {
    Set(runbooks.values.flatMap { [$0.id, $0.name] })
      .intersection(integrations.values.flatMap { [$0.id, $0.name] })
  }

  /// Every place where a document has room for a sealed value.
  ///
  /// Of what cannot be read, the places that are filled.
  var places: Set<SealedPlace> {
    let unreadable = unreadableOwners
    var places = Set(rows.keys.filter { unreadable.contains($0.owner) })
    for integration in integrations.values {
      for slot in RequiredSecrets.of(integration) { if let place = place(of: slot) { places.insert(place) } }
    }
    for runbook in runbooks.values {
      for slot in RequiredSecrets.of(runbook, method: { method($0)?.method }) {
        if let place = place(of: slot) { places.insert(place) }
      }
      for variable in runbook.variables where variable.encrypt {
        places.insert(SealedPlace(owner: SealedOwner.runbook(runbook.id), kind: .variable, name: variable.name))
      }
    }
    return places
  }

  /// Refuses a value that could never be used: one that is none of its variable's type, and a private key of another
  /// certificate than the document's, or that is no key at all.
  func check(_ value: [UInt8], for slot: SealedSlot) throws {
    if case .variable(let runbook, let name) = slot, let variable = runbooks[runbook]?.variable(named: name) {
      do throws(ValueFault) { try variable.checkEntered(value) } catch {
        throw ServiceFault.invalid(
          field: "value", sentence: "The variable `\(name)` cannot take this: \(error.message).")
      }
    }
    guard case .integrationCredential(let id, let field) = slot,
      let shown = integrations[id].flatMap(ShownCertificate.init),
      field == shown.keyField
    else { return }
    let chain: [UInt8]?
    switch shown.settings.chain {
    case .withKey: chain = nil
    case .document(let text): chain = Array(text.utf8)
    // It is compared when it is used: entering a value reads no secret.
    case .secret: return
    }
    do throws(IdentityFault) {
      _ = try ClientIdentity(chain: chain, key: GuardedBytes(copying: value))
    } catch {
      throw ServiceFault.invalid(
        field: "value", sentence: "This is no client certificate: \(error.message).")
    }
  }

  /// Seals a value for a slot, as its next generation.
  func seal(_ value: [UInt8], for slot: SealedSlot) throws -> SealedRow {
    let sealing = SealedValues(keyring: parts.keyring, rules: parts.rules)
    let now = parts.clock.now()
    guard let place = place(of: slot) else { throw Self.missing(slot) }
    // The time keeps it growing past a value that was cleared, whose number is gone with its row.
    let generation = max((rows[place]?.generation ?? 0) + 1, UInt64(clamping: now.millisecondsSinceEpoch))
    switch slot {
    case .row(let integrationID, let methodName, let kind, let name):
      guard let integration = integrations[integrationID], let method = integration.method(named: methodName),
        method.rows.contains(where: { $0.kind == kind && $0.row.key == name && $0.row.encrypt })
      else { throw Self.missing(slot) }
      return try sealing.row(
        value, method: method, of: integration, kind: kind, name: name, generation: generation, at: now)
    case .variable(let runbookID, let name):
      guard let runbook = runbooks[runbookID], let declaration = runbook.variable(named: name), declaration.encrypt
      else { throw Self.missing(slot) }
      return try sealing.variable(
        value, declaration: declaration, runbookID: runbookID, hosts: try hosts(of: declaration, in: runbook),
        generation: generation, at: now)
    case .startCredential(let runbookID, let name):
      let credentials = runbooks[runbookID]?.start.publicStart?.credentials ?? []
      guard credentials.contains(where: { $0.name == name }) else { throw Self.missing(slot) }
      return try sealing.startCredential(value, name: name, runbookID: runbookID, generation: generation, at: now)
    case .integrationCredential(let integrationID, let field):
      guard let integration = integrations[integrationID],
        integration.credentials.contains(where: { $0.field == field && $0.source == .entered })
      else { throw Self.missing(slot) }
      return try sealing.credential(value, field: field, of: integration, generation: generation, at: now)
    }
  }

  /// What every URL-bound place of the documents is bound to; nil where the URL is refused.
  private var bindings: [SealedPlace: String?] {
    var bindings: [SealedPlace: String?] = [:]
    for integration in integrations.values {
      for method in integration.methods {
        let template = try? RequestBuilding.urlTemplate(method, of: integration, rules: parts.rules)
        let binding = template.map { RequestBuilding.binding(method, of: integration, template: $0) }
        for (kind, row) in method.rows.map({ ($0.kind, $0.row) }) where row.encrypt {
          let place = SealedPlace(
            owner: SealedOwner.method(method.id), kind: SealedPlace.Kind(kind), name: row.key)
          bindings.updateValue(binding, forKey: place)
        }
      }
    }
    return bindings
  }

  /// The rows whose values are bound to a URL that their method does not have any more, without their values: changing
  /// back does not revive them. `boundTo` stays what it was, so that both URLs can be named.
  func invalidated(at now: Instant) -> [SealedRow] {
    let bindings = self.bindings
    return rows.values.compactMap { row in
      guard row.value != nil, let binding = bindings[row.place], binding != row.boundTo else { return nil }
      var gone = row
      gone.value = nil
      gone.generation = max(row.generation + 1, UInt64(clamping: now.millisecondsSinceEpoch))
      gone.updatedAt = now
      return gone
    }.sorted { ($0.place.owner, $0.place.name) < ($1.place.owner, $1.place.name) }
  }

  /// The hosts that the declaration names, else those of the runbook's own methods as they are now.
  private func hosts(of declaration: VariableDeclaration, in runbook: RunbookDocument) throws -> HostClearance {
    if let names = declaration.hosts {
      return HostClearance(
        only: try names.map { text in
          guard let host = HostPort(text) else {
            throw ServiceFault.invalid(field: "hosts", sentence: "`\(text)` is no host; write HOST or HOST:PORT.")
          }
          return host
        })
    }
    var found: Set<HostPort> = []
    for step in runbook.steps {
      guard case .method(let call) = step.kind, let method = method(call.method),
        let template = try? RequestBuilding.urlTemplate(method.method, of: method.integration, rules: parts.rules)
      else { continue }
      found.insert(template.origin)
    }
    return HostClearance(only: found)
  }

  private static func missing(_ slot: SealedSlot) -> ServiceFault {
    switch slot {
    case .row(let integration, let method, let kind, let name):
      .notFound(kind: "encrypted \(kind.rawValue) of \(integration)/\(method)", name: name)
    case .variable(let runbook, let name): .notFound(kind: "encrypted variable of \(runbook)", name: name)
    case .startCredential(let runbook, let name): .notFound(kind: "endpoint credential of \(runbook)", name: name)
    case .integrationCredential(let integration, let field):
      .notFound(kind: "entered credential of \(integration)", name: field)
    }
  }
}
