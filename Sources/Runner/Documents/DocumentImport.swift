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
  /// A value that must be entered. Where one was entered before, for another URL, both are named.
  package struct Missing: Sendable {
    package var slot: SealedSlot
    /// The command that enters it.
    package var command: String
    /// What the value was bound to.
    package var boundTo: String?
    /// What it would be bound to now.
    package var url: String?
  }

  /// What must be entered before the documents can run.
  package var missing: [Missing] = []
  /// Integrations of the documents that a person has to authorise before they can be called, with how they stand.
  package var unauthorized: [(integration: String, state: CodeAuthorization.State)] = []
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
  ///   - keepingDisabled: whether a runbook that is disabled stays so, whoever asks and whatever the text says.
  ///   - also: the proof that the caller may do something else as well, by capability and path; nil where he may not.
  package func run(
    _ files: [DocumentFile], into: String?, keepingDisabled: Bool = false, by authorization: Authorization,
    also: (Capability, String) -> Authorization?
  ) async throws -> ImportResult {
    var left = Self.attempts
    while true {
      left -= 1
      do {
        return try await attempt(files, into: into, keepingDisabled: keepingDisabled, by: authorization, also: also)
      } catch CommitRefusal.revisionMoved(let name) {
        guard left > 0, DocumentKind(rawValue: name) != nil else {
          throw ServiceFault(CommitRefusal.revisionMoved(name: name))
        }
      }
    }
  }

  /// How often files are read anew, where documents that they are held against are saved or deleted meanwhile.
  private static let attempts = 8

  /// Throws `CommitRefusal.revisionMoved` with a kind where its documents are others by the time of the commit.
  private func attempt(
    _ files: [DocumentFile], into: String?, keepingDisabled: Bool, by authorization: Authorization,
    also: (Capability, String) -> Authorization?
  ) async throws -> ImportResult {
    let seen = try await DocumentsSeen(library)
    let known = seen.integrations
    let sourcesBefore = seen.dataSources
    var read = DocumentReader.read(
      files, known: known,
      options: .service(
        ownSchemes: seen.schemes, templates: seen.templates, runbooks: seen.runbooks, logins: seen.logins,
        dataSources: sourcesBefore, now: parts.clock.now()),
      freshID: Self.freshID)
    // Notes belong to `check`; of what is refused, only what is wrong is told, with its warnings.
    guard !read.faults.hasErrors else {
      throw ServiceFault.documents(read.faults.filter { $0.severity != .note }.map(\.rendered))
    }
    try await place(&read, into: into)
    try await checkMethodIDs(read)
    try await Self.checkNamedKeys(&read, parts: parts, also: also)
    try await checkReplacing(read, also: also)
    try checkShadowing(read, also: also)
    let lost = try await LostMethods(library, read: read, known: known)
    try lost.check()
    try await resolveStarts(&read)
    try checkStarts(read, also: also)
    try await checkSchedules(read, also: also)
    var result = ImportResult()
    // Advice and notes belong to `check`.
    result.warnings = read.faults.filter { !$0.code.isAdvice && $0.severity != .note }.map(\.rendered) + lost.warnings
    var batch = WriteBatch(lost.expectations + (read.runbooks.isEmpty ? [] : seen.expectations))
    let before = try await SealedInventory(parts: parts, library: library)
    try await addDocuments(
      of: read, keepingDisabled: keepingDisabled, by: authorization.token.entity.text, also: also, to: &batch, &result)
    let after = before.replacing(read)
    let entered = Set(read.sealed.compactMap { after.place(of: $0.slot) })
    for row in after.invalidated(at: parts.clock.now()) where !entered.contains(row.place) {
      batch.intentions.append(.saveSealedRow(row))
      batch.ledger.append(
        LedgerDraft(
          kind: .secret, actor: .entity(authorization.token.entity.text), action: "invalidate",
          subject: "\(row.place.owner)/\(row.place.kind.rawValue)/\(row.place.name)", outcome: "url-changed"))
    }
    try await addSealed(read.sealed, after: after, to: &batch)
    try await addDiscards(before: before, after: after, to: &batch)
    let sources = SourcesOfImport(before: sourcesBefore, read: read.dataSources.map(\.document))
    try await addGrants(for: read, before: before, after: after, sources: sources, also: also, to: &batch, &result)
    batch.ledger.insert(
      contentsOf: result.imported.map {
        LedgerDraft(
          kind: .document, actor: .entity(authorization.token.entity.text), action: "import",
          subject: "\($0.kind.rawValue)/\($0.id)", outcome: "revision \($0.revision)")
      }, at: 0)
    do {
      _ = try await parts.store.commit(batch)
    } catch let refusal as CommitRefusal {
      if case .revisionMoved = refusal { throw refusal }
      throw ServiceFault(refusal)
    } catch {
      throw ServiceFault(error)
    }
    try await endpoints.renew()
    result.missing = try await missing(for: read)
    result.unauthorized = try await unauthorized(of: read)
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
      // One that cannot be read is what is to be replaced all the more.
      guard let target = try await library.row(of: .runbook, named: into) else {
        throw ServiceFault.notFound(kind: "runbook", name: into)
      }
      let group = try await library.readableRunbook(id: target.id)?.group ?? library.group(of: target)
      read.renameRunbook(at: 0, id: target.id, group: group)
    }
    for integration in read.integrations.map(\.document) {
      try await checkNames(.integration, id: integration.id, name: integration.name)
    }
    for runbook in read.runbooks.map(\.document) {
      try await checkNames(.runbook, id: runbook.id, name: runbook.name)
      guard into == nil else { continue }
      let byID = try await parts.store.document(.runbook, id: runbook.id)
      let byName = try await parts.store.document(.runbook, named: runbook.name)
      // By what it has here: the file's id may be a new one, and its name another.
      if let standing = byName ?? byID {
        let taken = byName == nil ? "Id" : "Name"
        throw ServiceFault.conflict(
          "\(taken) must be unique: a runbook `\(standing.name)` (id \(standing.id)) exists already; "
            + "`chancery import --into \(standing.id) FILE` replaces its content.")
      }
    }
  }

  /// A step may name the runbook that it starts by its name. What is asked about, stored and started is its id: a name
  /// can come to mean another runbook.
  private func resolveStarts(_ read: inout ReadDocuments) async throws {
    for index in read.runbooks.indices {
      for place in read.runbooks[index].document.steps.indices {
        guard case .startRunbook(var start) = read.runbooks[index].document.steps[place].kind else { continue }
        let named = start.runbook
        let imported = read.runbooks.map(\.document)
        if let found = imported.first(where: { $0.id == named }) ?? imported.first(where: { $0.name == named }) {
          start.runbook = found.id
        } else {
          start.runbook = try await library.id(of: .runbook, named: named)
        }
        read.runbooks[index].document.steps[place].kind = .startRunbook(start)
      }
    }
  }

  /// A schedule starts its runbook for ever, by nobody's hand: so whoever gives it one must be one who may start it.
  private func checkSchedules(_ read: ReadDocuments, also: (Capability, String) -> Authorization?) async throws {
    for document in read.runbooks.map(\.document) where !document.schedules.isEmpty {
      let stored = try await library.readableRunbook(id: document.id)?.schedules ?? []
      let path = "api/runbooks/\(document.id)/start"
      guard stored == document.schedules || also(.start, path) != nil else {
        throw ServiceFault.denied(
          "The schedule of `\(document.name)` starts it: that needs the capability start on `\(path)`.")
      }
    }
  }

  /// A step starts another runbook with that runbook's grants: so whoever imports it must be one who may start that
  /// one. A runbook that comes in the same files is new, or may be changed by the importer; it is asked about as well.
  private func checkStarts(_ read: ReadDocuments, also: (Capability, String) -> Authorization?) throws {
    for document in read.runbooks.map(\.document) {
      for step in document.steps {
        guard case .startRunbook(let start) = step.kind, start.runbook != document.id else { continue }
        let path = "api/runbooks/\(start.runbook)/start"
        guard also(.start, path) != nil else {
          throw ServiceFault.denied(
            "The step `\(step.name)` of `\(document.name)` starts the runbook `\(start.runbook)`: that needs the "
              + "capability start on `\(path)`.")
        }
      }
    }
  }

  /// A document can be named by its id or by its name: so neither may be the other of another document.
  private func checkNames(_ kind: DocumentKind, id: String, name: String) async throws {
    if let other = try await parts.store.document(kind, named: id), other.id != id {
      throw ServiceFault.conflict(
        "The id `\(id)` is the name of another \(kind.rawValue) (id \(other.id)); choose another id.")
    }
    if let other = try await parts.store.document(kind, id: name), other.id != id {
      throw ServiceFault.conflict("The name `\(name)` is the id of another \(kind.rawValue); choose another name.")
    }
  }

  /// A scheme in the place of one that comes with the program changes endpoints that name it, whoever wrote them.
  private func checkShadowing(_ read: ReadDocuments, also: (Capability, String) -> Authorization?) throws {
    for scheme in read.schemes.map(\.document) where scheme.replacesBuiltIn {
      guard also(.update, "api/schemes/\(scheme.id)") != nil else {
        throw ServiceFault.denied(
          "The import would put a scheme in the place of `\(scheme.id)`: that needs the capability update on "
            + "`api/schemes/\(scheme.id)`. Nothing was imported.")
      }
    }
  }

  /// Sealed values belong to the id of their method: so no method may have the id of another integration's, whether that one
  /// can be read or not.
  private func checkMethodIDs(_ read: ReadDocuments) async throws {
    let imported = read.integrations.map(\.document)
    var owners: [String: String] = [:]
    for (row, document) in try await library.integrationRows() where !imported.contains(where: { $0.id == row.id }) {
      for id in library.presentMethodIDs(of: row, document) { owners[id.lowercased()] = row.id }
    }
    for integration in imported {
      for method in integration.methods {
        let owner = owners.updateValue(integration.id, forKey: method.id.lowercased())
        guard let owner, owner != integration.id else { continue }
        throw ServiceFault.conflict(
          "The method id `\(method.id)` of integration `\(integration.id)` belongs to integration `\(owner)` already; "
            + "leave the id out to get a fresh one.")
      }
    }
  }

  /// Whoever replaces a document must be allowed to change it, not only to import.
  private func checkReplacing(_ read: ReadDocuments, also: (Capability, String) -> Authorization?) async throws {
    let documents =
      read.integrations.map { (DocumentKind.integration, $0.document.id) }
      + read.runbooks.map { (DocumentKind.runbook, $0.document.id) }
      + read.schemes.map { (DocumentKind.scheme, $0.document.id) }
      + read.templates.map { (DocumentKind.template, $0.document.id) }
      + read.dataSources.map { (DocumentKind.dataSource, $0.document.id) }
    for (kind, id) in documents where try await parts.store.document(kind, id: id) != nil {
      let path = "api/\(kind.rawValue)s/\(id)"
      guard also(.update, path) != nil else {
        throw ServiceFault.denied(
          "The import would replace the \(kind.rawValue) `\(id)`: that needs the capability update on `\(path)`. "
            + "Nothing was imported.")
      }
    }
  }

  private func addDocuments(
    of read: ReadDocuments, keepingDisabled: Bool, by editor: String, also: (Capability, String) -> Authorization?,
    to batch: inout WriteBatch, _ result: inout ImportResult
  ) async throws {
    for document in read.schemes.map(\.document) {
      try await add(.scheme, document.id, document.canonicalJSON, by: editor, to: &batch, &result)
    }
    for document in read.templates.map(\.document) {
      try await add(.template, document.id, document.canonicalJSON, by: editor, to: &batch, &result)
    }
    for document in read.dataSources.map(\.document) {
      try await add(.dataSource, document.id, document.canonicalJSON, by: editor, to: &batch, &result)
    }
    for one in read.integrations {
      let document = one.document
      // Each runbook of the vendor's brings its integrations along: one that is here as it comes is not saved once more.
      if one.isEmbedded, try await isStored(document) { continue }
      try await add(
        .integration, document.id, name: document.name, document.canonicalJSON, by: editor, to: &batch, &result)
    }
    for document in read.runbooks.map(\.document) {
      let old = try await parts.store.document(.runbook, id: document.id)
      // A runbook that somebody disabled stays so, unless the importer may enable it.
      let mayEnable = !keepingDisabled && also(.update, "api/runbooks/\(document.id)/enable") != nil
      let mayBeActive = old?.isActive ?? true || mayEnable
      let row = try library.row(
        kind: .runbook, id: document.id, name: document.name,
        isActive: mayBeActive && document.isActive && document.activationObstacles.isEmpty,
        text: try savable(document.canonicalJSON, .runbook, document.id), replacing: old, by: editor)
      batch.intentions.append(.saveDocument(row))
      if row.isActive, let old, !old.isActive {
        batch.intentions.append(.account(.beginStreak(runbookID: row.id)))
        if let failures = try await library.failuresThatDisabled(old) {
          let runs = DocumentLibrary.failedRuns(failures)
          result.warnings.append(
            "runbook/\(row.id): warning: it was disabled after \(runs), and this import enables it")
        }
      }
      if keepingDisabled, old?.isActive == false {
        result.warnings.append(
          "runbook/\(row.id): warning: it was disabled and stays so; `chancery runbook enable \(row.id)` enables it")
      }
      result.imported.append(.init(kind: .runbook, id: row.id, name: row.name, revision: row.revision))
    }
  }

  /// Adds a document that is no runbook.
  ///
  /// - Parameter name: nil where the id is its only name.
  private func add(
    _ kind: DocumentKind, _ id: String, name: String? = nil, _ text: [UInt8], by editor: String,
    to batch: inout WriteBatch, _ result: inout ImportResult
  ) async throws {
    let old = try await parts.store.document(kind, id: id)
    let row = try library.row(
      kind: kind, id: id, name: name ?? id, isActive: true, text: try savable(text, kind, id), replacing: old,
      by: editor)
    batch.intentions.append(.saveDocument(row))
    result.imported.append(.init(kind: kind, id: row.id, name: row.name, revision: row.revision))
  }

  /// The text as it comes, once it is known that it can be read again. The check of the documents has asked that as well, with
  /// the places of their files: nothing gets past here that could never be opened.
  private func savable(_ text: [UInt8], _ kind: DocumentKind, _ id: String) throws -> [UInt8] {
    if let obstacle = ReadBackCheck.obstacle(to: text, kind.checked) {
      throw ServiceFault.conflict(
        "The \(kind.rawValue) `\(id)` cannot be imported, since what is saved of it could not be read again: \(obstacle). "
          + "Nothing was imported.")
    }
    return text
  }

  /// Whether an integration stands here just as it comes.
  private func isStored(_ document: IntegrationDocument) async throws -> Bool {
    guard let row = try await parts.store.document(.integration, id: document.id) else { return false }
    return try library.readable { try library.open(row) } == document.canonicalJSON
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

  /// Gives and renews grants, where the importer may: for the runbooks of the files all that they use; for others, whose
  /// methods the import changes, only what was granted for the methods as they were.
  private func addGrants(
    for read: ReadDocuments, before: SealedInventory, after: SealedInventory, sources: SourcesOfImport,
    also: (Capability, String) -> Authorization?, to batch: inout WriteBatch, _ result: inout ImportResult
  ) async throws {
    let changed = Set(read.integrations.map(\.document.id))
    for runbook in after.runbooks.values.sorted(by: { $0.id < $1.id }) {
      let isInFiles = read.runbooks.contains { $0.document.id == runbook.id }
      let isTouched =
        isInFiles || runbook.calledIntegrations.contains { changed.contains($0) }
        || !runbook.calledDataSources.isDisjoint(with: sources.changed)
      guard isTouched, !runbook.steps.isEmpty,
        let bundle = try? library.bundle(
          of: runbook, integrations: after.integrations, dataSources: sources.after)
      else { continue }
      let planning = GrantPlanning(bundle: bundle, rules: parts.rules)
      let stored = try await parts.store.grants(runbookID: runbook.id)
      let oldMaterial = before.runbooks[runbook.id].flatMap {
        try? library.bundle(
          of: $0, integrations: before.integrations, dataSources: sources.before
        ).material.hex
      }
      let active = Set(stored.filter { $0.materialHash == oldMaterial }.map(\.secretPath))
      let wanted = Set(planning.wanted().map(\.path))
      let authorization = also(.grant, "api/runbooks/\(runbook.id)/grants")
      let given = authorization == nil ? [] : isInFiles ? wanted : wanted.intersection(active)
      if let authorization {
        let rows = try planning.rows(paths: given, by: authorization, now: parts.clock.now())
        for row in rows {
          batch.intentions.append(.saveGrant(row))
          batch.ledger.append(
            LedgerDraft(
              kind: .grant, actor: .entity(row.grantedBy), action: "grant", subject: runbook.id,
              outcome: "\(row.secretPath) to \(row.hosts.joined(separator: " "))"))
        }
        result.granted += rows
      }
      // What holds now and will not hold after the import, used or not, and what is used without holding.
      let holding = Set(stored.filter { $0.materialHash == bundle.material.hex }.map(\.secretPath))
      let suspended = wanted.union(active).subtracting(given).subtracting(holding)
      result.suspended += suspended.sorted().map { (runbook.id, $0) }
    }
  }

  private func missing(for read: ReadDocuments) async throws -> [ImportResult.Missing] {
    let fresh = try await SealedInventory(parts: parts, library: library)
    var slots: [SealedSlot] = []
    for document in read.integrations.map(\.document) { slots += RequiredSecrets.of(document) }
    for document in read.runbooks.map(\.document) {
      slots += RequiredSecrets.of(document) { fresh.method($0)?.method }
    }
    let states = ValueStates(inventory: fresh, rules: parts.rules)
    let shared = fresh.sharedNames
    return slots.compactMap { slot in
      let command = slot.command(shared: shared)
      switch states.state(of: slot) {
      case .entered: return nil
      case .missing: return ImportResult.Missing(slot: slot, command: command)
      case .urlChanged(let from, let to):
        return ImportResult.Missing(slot: slot, command: command, boundTo: from, url: to)
      }
    }
  }

  private func unauthorized(
    of read: ReadDocuments
  ) async throws -> [(integration: String, state: CodeAuthorization.State)] {
    let authorization = CodeAuthorization(library: library)
    var found: [(integration: String, state: CodeAuthorization.State)] = []
    for document in read.integrations.map(\.document) {
      guard let state = try await authorization.state(of: document), state.reason != nil else { continue }
      found.append((document.id, state))
    }
    return found
  }
}

/// What an import is held against, as it was read: a runbook may name any of it.
private struct DocumentsSeen {
  let integrations: [IntegrationDocument]
  let dataSources: [DataSourceDocument]
  let schemes: [SchemeDocument]
  /// By name.
  let templates: Set<String>
  /// By id and by name.
  let runbooks: Set<String>
  /// By name. One that is made or removed meanwhile changes a warning and nothing else.
  let logins: Set<String>
  /// That all of it is still so: nothing that a runbook names is deleted between the look and the commit.
  let expectations: [Intention]

  init(_ library: DocumentLibrary) async throws {
    let store = library.parts.store
    let integrations = try await library.integrationRows()
    let dataSources = try await library.dataSourceRows()
    let schemes = try await library.schemeRows()
    let templates = try await store.documents(.template)
    let runbooks = try await store.documents(.runbook)
    self.integrations = integrations.compactMap(\.document)
    self.dataSources = dataSources.compactMap(\.document)
    self.schemes = schemes.compactMap(\.document)
    self.templates = Set(templates.map(\.id))
    self.runbooks = Set(runbooks.flatMap { [$0.id, $0.name] })
    logins = Set(try await store.loginNames())
    let rows: [(DocumentKind, [StoredDocument])] = [
      (.integration, integrations.map(\.row)), (.dataSource, dataSources.map(\.row)), (.scheme, schemes.map(\.row)),
      (.template, templates), (.runbook, runbooks),
    ]
    expectations = rows.map { kind, rows in
      .expectDocuments(
        kind, revisions: Dictionary(rows.map { ($0.id, $0.revision) }, uniquingKeysWith: { first, _ in first }))
    }
  }
}

/// The data sources around an import, by name.
struct SourcesOfImport: Sendable {
  let before: [String: DataSourceDocument]
  let after: [String: DataSourceDocument]
  /// The names of those in the files.
  let changed: Set<String>

  init(before: [DataSourceDocument], read: [DataSourceDocument]) {
    self.before = Dictionary(before.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    after = Dictionary((before + read).map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
    changed = Set(read.map(\.id))
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
