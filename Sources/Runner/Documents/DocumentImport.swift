package import Access
import Cryptography
import Encodings
import Keyring
import Labels
import Ledger
package import Runbooks
import SourceText
package import Storage
import Webhooks

/// What an import did.
package struct ImportResult: Sendable {
  package struct Imported: Sendable {
    package var kind: DocumentKind
    package var id: String
    package var name: String
    package var revision: UInt64
  }

  package var imported: [Imported] = []
  /// Rendered lines: `file:line:column: warning: …`.
  package var warnings: [String] = []
  /// What must be entered before the documents can run.
  package var missing: [SealedSlot] = []
  package var granted: [StoredGrant] = []
  /// Secret paths that somebody with the capability `grant` must grant, by runbook id.
  package var suspended: [(runbook: String, secret: String)] = []
}

/// Imports documents: all files together, or nothing of them.
package struct DocumentImport: Sendable {
  private let library: DocumentLibrary
  private let endpoints: EndpointBook
  private var parts: ServiceParts { library.parts }

  package init(library: DocumentLibrary, endpoints: EndpointBook) {
    self.library = library
    self.endpoints = endpoints
  }

  /// - Parameters:
  ///   - into: the runbook that the file's runbook replaces, keeping id, start URL and group; nil for new ones.
  ///   - mayGrant: the proof that the caller may grant secrets to a runbook, where he may.
  package func run(
    _ files: [DocumentFile], into: String?, by authorization: Authorization,
    mayGrant: (String) -> Authorization?
  ) async throws -> ImportResult {
    let known = try await library.integrations().map(\.document)
    var read = DocumentReader.read(
      files, known: known, options: CheckOptions(schemes: Set(SchemeCatalogue.builtIn.names)), freshID: Self.freshID)
    guard !read.faults.hasErrors else { throw ServiceFault.documents(read.faults.map(\.rendered)) }
    try await place(&read, into: into)
    var result = ImportResult()
    // Advice belongs to `check`.
    result.warnings = read.faults.filter { !$0.code.isAdvice }.map(\.rendered)
    var batch = WriteBatch()
    let before = try await SealedInventory(parts: parts, library: library)
    try await addDocuments(of: read, to: &batch, &result)
    let after = before.replacing(read)
    try await addSealed(read.sealed, after: after, to: &batch)
    try await addDiscards(before: before, after: after, to: &batch)
    try addGrants(for: read, inventory: after, mayGrant: mayGrant, to: &batch, &result)
    batch.ledger.insert(
      contentsOf: result.imported.map {
        LedgerDraft(
          kind: .document, actor: .entity(authorization.token.entity.text), action: "import",
          subject: "\($0.kind.rawValue)/\($0.id)", outcome: "revision \($0.revision)")
      }, at: 0)
    do {
      _ = try await parts.store.commit(batch)
    } catch {
      throw ServiceFault(error)
    }
    try await endpoints.renew()
    result.missing = try await missing(for: read, inventory: after)
    return result
  }

  private static func freshID() -> String {
    // RFC 9562 §5.4, from the same source as every other secret and id.
    var bytes = RandomBytes.make(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let hex = Hex.encode(bytes)
    let cuts = [0, 8, 12, 16, 20, 32].map { hex.index(hex.startIndex, offsetBy: $0) }
    return zip(cuts, cuts.dropFirst()).map { String(hex[$0..<$1]) }.joined(separator: "-")
  }

  /// Decides under which id each runbook is saved; an id or name that is here already is refused without `--into`.
  private func place(_ read: inout ReadDocuments, into: String?) async throws {
    if let into {
      guard read.runbooks.count == 1 else {
        throw ServiceFault.invalid(
          field: "into", sentence: "--into takes files with exactly one runbook; these hold \(read.runbooks.count).")
      }
      guard let target = try await library.runbook(into) else {
        throw ServiceFault.notFound(kind: "runbook", name: into)
      }
      read.renameRunbook(at: 0, id: target.row.id, group: target.document.group)
      return
    }
    for runbook in read.runbooks.map(\.document) {
      let byID = try await parts.store.document(.runbook, id: runbook.id)
      let byName = try await parts.store.document(.runbook, named: runbook.name)
      guard byID == nil, byName == nil else {
        throw ServiceFault.conflict(
          "Name must be unique: a runbook `\(runbook.name)` (id \(runbook.id)) exists already; "
            + "`chancery import --into \(runbook.id) FILE` replaces its content.")
      }
    }
  }

  private func addDocuments(
    of read: ReadDocuments, to batch: inout WriteBatch, _ result: inout ImportResult
  ) async throws {
    for document in read.integrations.map(\.document) {
      let old = try await parts.store.document(.integration, id: document.id)
      let row = try library.row(
        kind: .integration, id: document.id, name: document.name, isActive: true, text: document.canonicalJSON,
        replacing: old)
      batch.intentions.append(.saveDocument(row))
      result.imported.append(.init(kind: .integration, id: row.id, name: row.name, revision: row.revision))
    }
    for document in read.runbooks.map(\.document) {
      let old = try await parts.store.document(.runbook, id: document.id)
      let row = try library.row(
        kind: .runbook, id: document.id, name: document.name,
        isActive: document.isActive && document.activationObstacles.isEmpty, text: document.canonicalJSON,
        replacing: old)
      batch.intentions.append(.saveDocument(row))
      result.imported.append(.init(kind: .runbook, id: row.id, name: row.name, revision: row.revision))
    }
  }

  private func addSealed(
    _ items: [SealAtImport], after: SealedInventory, to batch: inout WriteBatch
  ) async throws {
    for item in items {
      let row = try after.seal(item.value, for: item.slot)
      batch.intentions.append(.saveSealedRow(row))
    }
  }

  /// Clearing Encrypt? on a parameter or variable discards the sealed value.
  private func addDiscards(
    before: SealedInventory, after: SealedInventory, to batch: inout WriteBatch
  ) async throws {
    for place in before.places.subtracting(after.places) where before.rows[place] != nil {
      batch.intentions.append(.deleteSealedRow(place))
    }
  }

  private func addGrants(
    for read: ReadDocuments, inventory: SealedInventory, mayGrant: (String) -> Authorization?,
    to batch: inout WriteBatch, _ result: inout ImportResult
  ) throws {
    let changed = Set(read.integrations.map(\.document.id))
    for runbook in inventory.runbooks.values.sorted(by: { $0.id < $1.id }) {
      let isNew = read.runbooks.contains { $0.document.id == runbook.id }
      let isTouched = isNew || runbook.calledIntegrations.contains { changed.contains($0) }
      guard isTouched, !runbook.steps.isEmpty,
        let bundle = try? library.bundle(of: runbook, integrations: inventory.integrations)
      else { continue }
      let planning = GrantPlanning(bundle: bundle, rules: parts.rules)
      if let authorization = mayGrant(runbook.id) {
        let rows = try planning.rows(by: authorization, now: parts.clock.now())
        for row in rows {
          batch.intentions.append(.saveGrant(row))
          batch.ledger.append(
            LedgerDraft(
              kind: .grant, actor: .entity(row.grantedBy), action: "grant", subject: runbook.id,
              outcome: "\(row.secretPath) to \(row.hosts.joined(separator: " "))"))
        }
        result.granted += rows
      } else {
        result.suspended += planning.wanted().map { (runbook.id, $0.path) }
      }
    }
  }

  private func missing(for read: ReadDocuments, inventory: SealedInventory) async throws -> [SealedSlot] {
    let fresh = try await SealedInventory(parts: parts, library: library)
    var slots: [SealedSlot] = []
    for document in read.integrations.map(\.document) { slots += RequiredSecrets.of(document) }
    for document in read.runbooks.map(\.document) {
      slots += RequiredSecrets.of(document) { inventory.method($0)?.method }
    }
    return slots.filter { slot in fresh.place(of: slot).map { fresh.rows[$0] == nil } ?? true }
  }
}

extension RunbookDocument {
  /// The ids of the integrations that its steps call.
  var calledIntegrations: Set<String> {
    Set(
      steps.compactMap { step in
        guard case .method(let call) = step.kind, case .named(let id, _) = call.method else { return nil }
        return id
      })
  }
}

extension ReadDocuments {
  /// Gives a runbook the id and group of the one that it replaces; values that were sealed for it follow.
  mutating func renameRunbook(at index: Int, id: String, group: String?) {
    let old = runbooks[index].document.id
    runbooks[index].document.id = id
    runbooks[index].document.group = group
    sealed = sealed.map { item in
      let slot: SealedSlot
      switch item.slot {
      case .variable(old, let name): slot = .variable(runbook: id, name: name)
      case .startCredential(old, let name): slot = .startCredential(runbook: id, name: name)
      default: slot = item.slot
      }
      return SealAtImport(slot: slot, value: item.value)
    }
  }
}
