import Cryptography
import Encodings
import Keyring
import RunEngine
package import Runbooks
package import Storage
import Synchronization

/// The documents as they are stored, opened and read; and the bundles that runs are pinned to.
package final class DocumentLibrary: Sendable {
  package let parts: ServiceParts
  /// Under the lock: opened documents by kind, id and revision, and bundles by id. Bounded; oldest out.
  private let cache = Mutex(Cache())

  private struct Cache: Sendable {
    var runbooks: [String: (revision: UInt64, document: RunbookDocument)] = [:]
    var integrations: [String: (revision: UInt64, document: IntegrationDocument)] = [:]
    var bundles: [BundleID: LoadedBundle] = [:]
    var bundleOrder: [BundleID] = []
  }

  private static let cachedBundles = 512

  package init(parts: ServiceParts) {
    self.parts = parts
  }

  // MARK: Documents

  /// The id of the document that an address names by its id or its name; the text itself where there is none.
  package func id(of kind: DocumentKind, named text: String) async throws -> String {
    if try await parts.store.document(kind, id: text) != nil { return text }
    return try await parts.store.document(kind, named: text)?.id ?? text
  }

  /// The row of the document that is named by its id or its name, whether it can be read or not.
  package func row(of kind: DocumentKind, named text: String) async throws -> StoredDocument? {
    if let row = try await parts.store.document(kind, id: text) { return row }
    return try await parts.store.document(kind, named: text)
  }

  /// The runbook of an id or a name, with its row.
  package func runbook(_ idOrName: String) async throws -> (row: StoredDocument, document: RunbookDocument)? {
    let byID = try await parts.store.document(.runbook, id: idOrName)
    var row = byID
    if row == nil { row = try await parts.store.document(.runbook, named: idOrName) }
    guard let row else { return nil }
    return (row, try runbook(of: row))
  }

  /// Those that can be read.
  package func runbooks() async throws -> [(row: StoredDocument, document: RunbookDocument)] {
    Self.onlyReadable(try await runbookRows())
  }

  /// All of them, with nil for the document of a row that cannot be read.
  package func runbookRows() async throws -> [(row: StoredDocument, document: RunbookDocument?)] {
    try await rows(.runbook) { try runbook(of: $0) }
  }

  /// The integration of an id or a name, with its row.
  package func integration(
    _ idOrName: String
  ) async throws -> (row: StoredDocument, document: IntegrationDocument)? {
    let byID = try await parts.store.document(.integration, id: idOrName)
    var row = byID
    if row == nil { row = try await parts.store.document(.integration, named: idOrName) }
    guard let row else { return nil }
    return (row, try integration(of: row))
  }

  /// Those that can be read.
  package func integrations() async throws -> [(row: StoredDocument, document: IntegrationDocument)] {
    Self.onlyReadable(try await integrationRows())
  }

  /// All of them, with nil for the document of a row that cannot be read.
  package func integrationRows() async throws -> [(row: StoredDocument, document: IntegrationDocument?)] {
    try await rows(.integration) { try integration(of: $0) }
  }

  /// Active runbooks with schedules; one that cannot be opened is left out.
  func scheduledRunbooks() async throws -> [(row: StoredDocument, document: RunbookDocument)] {
    try await parts.store.documents(.runbook).filter(\.isActive).compactMap { row in
      guard let document = try? runbook(of: row), !document.schedules.isEmpty else { return nil }
      return (row, document)
    }
  }

  private func runbook(of row: StoredDocument) throws -> RunbookDocument {
    if let known = cache.withLock({ $0.runbooks[row.id] }), known.revision == row.revision { return known.document }
    guard var document = RunbookDocument(canonicalJSON: try open(row)) else {
      throw ServiceFault.cannotOpen(place: Self.place(row), reason: Self.noDocument)
    }
    document.isActive = row.isActive
    let opened = document
    cache.withLock { $0.runbooks[row.id] = (row.revision, opened) }
    return document
  }

  private func integration(of row: StoredDocument) throws -> IntegrationDocument {
    if let known = cache.withLock({ $0.integrations[row.id] }), known.revision == row.revision {
      return known.document
    }
    guard let document = IntegrationDocument(canonicalJSON: try open(row)) else {
      throw ServiceFault.cannotOpen(place: Self.place(row), reason: Self.noDocument)
    }
    cache.withLock { $0.integrations[row.id] = (row.revision, document) }
    return document
  }

  func open(_ row: StoredDocument) throws -> [UInt8] {
    do {
      return try parts.keyring.open(
        row.text, in: RecordContexts.document(row.kind, id: row.id, revision: row.revision))
    } catch KeyringError.sealed {
      throw ServiceFault.sealed
    } catch {
      throw ServiceFault.cannotOpen(place: Self.place(row), reason: error.ledgerWord)
    }
  }

  static func place(_ row: StoredDocument) -> String { "the \(row.kind.rawValue) \(row.id)" }

  /// As `runbooks`, going on where one cannot be opened, with what stands in the way.
  func readableRunbooks() async throws -> [(row: StoredDocument, document: Result<RunbookDocument, any Error>)] {
    try await parts.store.documents(.runbook).map { row in (row, Result { try runbook(of: row) }) }
  }

  /// The scheme of a name, with its row.
  package func scheme(_ name: String) async throws -> (row: StoredDocument, document: SchemeDocument)? {
    guard let row = try await parts.store.document(.scheme, id: name) else { return nil }
    return (row, try scheme(of: row))
  }

  /// Those that can be read.
  package func schemes() async throws -> [(row: StoredDocument, document: SchemeDocument)] {
    Self.onlyReadable(try await schemeRows())
  }

  /// All of them, with nil for the document of a row that cannot be read.
  func schemeRows() async throws -> [(row: StoredDocument, document: SchemeDocument?)] {
    try await rows(.scheme) { try scheme(of: $0) }
  }

  /// As `schemes`, going on where one cannot be opened.
  func readableSchemes() async throws -> [String: Result<SchemeDocument, any Error>] {
    Dictionary(
      try await parts.store.documents(.scheme).map { row in (row.id, Result { try scheme(of: row) }) },
      uniquingKeysWith: { first, _ in first })
  }

  private func scheme(of row: StoredDocument) throws -> SchemeDocument {
    guard let document = SchemeDocument(canonicalJSON: try open(row)) else {
      throw ServiceFault.cannotOpen(place: Self.place(row), reason: Self.noDocument)
    }
    return document
  }

  /// The mail template of a name, with its row.
  package func template(_ name: String) async throws -> (row: StoredDocument, document: TemplateDocument)? {
    guard let row = try await parts.store.document(.template, id: name) else { return nil }
    return (row, try template(of: row))
  }

  /// Those that can be read.
  package func templates() async throws -> [(row: StoredDocument, document: TemplateDocument)] {
    Self.onlyReadable(try await templateRows())
  }

  /// All of them, with nil for the document of a row that cannot be read.
  func templateRows() async throws -> [(row: StoredDocument, document: TemplateDocument?)] {
    try await rows(.template) { try template(of: $0) }
  }

  /// The data source of a name, with its row.
  package func dataSource(_ name: String) async throws -> (row: StoredDocument, document: DataSourceDocument)? {
    guard let row = try await parts.store.document(.dataSource, id: name) else { return nil }
    return (row, try dataSource(of: row))
  }

  /// Those that can be read.
  package func dataSources() async throws -> [(row: StoredDocument, document: DataSourceDocument)] {
    Self.onlyReadable(try await dataSourceRows())
  }

  /// All of them, with nil for the document of a row that cannot be read.
  func dataSourceRows() async throws -> [(row: StoredDocument, document: DataSourceDocument?)] {
    try await rows(.dataSource) { try dataSource(of: $0) }
  }

  private func dataSource(of row: StoredDocument) throws -> DataSourceDocument {
    guard let document = DataSourceDocument(canonicalJSON: try open(row)) else {
      throw ServiceFault.cannotOpen(place: Self.place(row), reason: Self.noDocument)
    }
    return document
  }

  private func template(of row: StoredDocument) throws -> TemplateDocument {
    guard let document = TemplateDocument(canonicalJSON: try open(row)) else {
      throw ServiceFault.cannotOpen(place: Self.place(row), reason: Self.noDocument)
    }
    return document
  }

  /// The row of a document's next revision.
  ///
  /// - Parameter editor: the id of the entity that saves it; nil where the service itself does.
  package func row(
    kind: DocumentKind, id: String, name: String, isActive: Bool, text: [UInt8], replacing old: StoredDocument?,
    by editor: String?
  ) throws -> StoredDocument {
    let revision = (old?.revision ?? 0) + 1
    return StoredDocument(
      kind: kind, id: id, name: name, revision: revision, isActive: isActive, updatedAt: parts.clock.now(),
      text: try parts.keyring.seal(text, in: RecordContexts.document(kind, id: id, revision: revision)),
      savedBy: editor)
  }

  /// Forgets a document that was deleted: the next one of its id begins with revision 1 again.
  func forget(_ kind: DocumentKind, _ id: String) {
    cache.withLock { cache in
      switch kind {
      case .runbook: cache.runbooks[id] = nil
      case .integration: cache.integrations[id] = nil
      case .scheme, .template, .dataSource: break
      }
    }
  }

  /// Forgets what was opened, as when the service is sealed.
  package func forget() {
    cache.withLock { $0 = Cache() }
  }

  // MARK: Bundles

  /// The bundle of a runbook with the integrations that it calls, as they are stored now.
  package func currentBundle(of runbook: RunbookDocument) async throws -> LoadedBundle {
    var integrations: [IntegrationDocument] = []
    for id in runbook.calledIntegrations.sorted() {
      if let found = try await integration(id) { integrations.append(found.document) }
    }
    var dataSources: [DataSourceDocument] = []
    for id in runbook.calledDataSources.sorted() {
      if let found = try await dataSource(id) { dataSources.append(found.document) }
    }
    return try remember(runbook: runbook, integrations: integrations, dataSources: dataSources)
  }

  /// The bundle that a stored run is pinned to.
  package func bundle(_ id: BundleID) async throws -> LoadedBundle {
    if let known = cache.withLock({ $0.bundles[id] }) { return known }
    guard let sealed = try await parts.store.bundle(id) else { throw RunFault.bundle }
    let text = try parts.keyring.open(sealed, in: RecordContexts.bundle(id))
    guard let tape = try? JSONTape(text, limits: BundleText.limits), let read = BundleText.read(tape) else {
      throw RunFault.bundle
    }
    let loaded = try LoadedBundle(
      id: id, runbook: read.runbook, integrations: read.integrations, dataSources: read.dataSources, text: text,
      rules: parts.rules)
    keep(loaded)
    return loaded
  }

  /// The bundle of a runbook over these integrations.
  func bundle(
    of runbook: RunbookDocument, integrations: [String: IntegrationDocument],
    dataSources: [String: DataSourceDocument]
  ) throws -> LoadedBundle {
    let called = runbook.calledIntegrations.compactMap { integrations[$0] }.sorted { $0.id < $1.id }
    return try remember(
      runbook: runbook, integrations: called,
      dataSources: runbook.calledDataSources.sorted().compactMap { dataSources[$0] })
  }

  private func remember(
    runbook: RunbookDocument, integrations: [IntegrationDocument], dataSources: [DataSourceDocument]
  ) throws -> LoadedBundle {
    let text = BundleText.write(runbook: runbook, integrations: integrations, dataSources: dataSources)
    let id = BundleID(hex: Hex.encode(Digest.sha256(text)))
    if let known = cache.withLock({ $0.bundles[id] }) { return known }
    let loaded = try LoadedBundle(
      id: id, runbook: runbook, integrations: integrations, dataSources: dataSources, text: text, rules: parts.rules)
    keep(loaded)
    return loaded
  }

  private func keep(_ bundle: LoadedBundle) {
    cache.withLock { cache in
      guard cache.bundles[bundle.id] == nil else { return }
      cache.bundles[bundle.id] = bundle
      cache.bundleOrder.append(bundle.id)
      if cache.bundleOrder.count > Self.cachedBundles {
        cache.bundles[cache.bundleOrder.removeFirst()] = nil
      }
    }
  }
}

/// The canonical text of a bundle: `{"runbook":…,"integrations":[…],"data_sources":[…]}`, each by id; the last
/// only where there are any.
enum BundleText {
  static let limits = JSONLimits(maximumBytes: 16 << 20, maximumDepth: 256, maximumNodes: 1_000_000)

  static func write(
    runbook: RunbookDocument, integrations: [IntegrationDocument], dataSources: [DataSourceDocument]
  ) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("runbook")
    writer.raw(runbook.canonicalJSON)
    writer.key("integrations")
    writer.beginArray()
    for integration in integrations { writer.raw(integration.canonicalJSON) }
    writer.endArray()
    if !dataSources.isEmpty {
      writer.key("data_sources")
      writer.beginArray()
      for source in dataSources { writer.raw(source.canonicalJSON) }
      writer.endArray()
    }
    writer.endObject()
    return writer.finish()
  }

  static func read(
    _ tape: JSONTape
  ) -> (runbook: RunbookDocument, integrations: [IntegrationDocument], dataSources: [DataSourceDocument])? {
    guard let node = tape.member(tape.root, "runbook"),
      let runbook = RunbookDocument(canonicalJSON: Array(tape.text(node))),
      let list = tape.member(tape.root, "integrations")
    else { return nil }
    var integrations: [IntegrationDocument] = []
    for child in tape.children(list) {
      guard let integration = IntegrationDocument(canonicalJSON: Array(tape.text(child))) else { return nil }
      integrations.append(integration)
    }
    var dataSources: [DataSourceDocument] = []
    for child in tape.member(tape.root, "data_sources").map({ tape.children($0) }) ?? [] {
      guard let source = DataSourceDocument(canonicalJSON: Array(tape.text(child))) else { return nil }
      dataSources.append(source)
    }
    return (runbook, integrations, dataSources)
  }
}
