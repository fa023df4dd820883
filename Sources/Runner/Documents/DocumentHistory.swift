package import Access
package import Encodings
import Runbooks
package import Storage

/// Earlier saves of documents: what there is, how it differs, and back to one of them.
package struct DocumentHistory: Sendable {
  /// One save of a document.
  package struct Version: Sendable {
    package let revision: UInt64
    package let name: String
    package let isActive: Bool
    package let savedAt: Instant
    /// The id of the entity that saved it; nil where the service itself did, or a release that did not note it.
    package let savedBy: String?
    package let isCurrent: Bool
  }

  private let library: DocumentLibrary

  package init(library: DocumentLibrary) {
    self.library = library
  }

  /// The newest first; the current one is the first of them.
  package func versions(_ kind: DocumentKind, _ idOrName: String) async throws -> [Version] {
    let row = try await current(kind, idOrName)
    let kept = try await library.parts.store.documentVersions(kind, id: row.id)
    let now = Version(
      revision: row.revision, name: row.name, isActive: row.isActive, savedAt: row.updatedAt, savedBy: row.savedBy,
      isCurrent: true)
    return [now]
      + kept.map {
        Version(
          revision: $0.revision, name: $0.name, isActive: $0.isActive, savedAt: $0.updatedAt, savedBy: $0.savedBy,
          isCurrent: false)
      }
  }

  /// The difference of two saves as a unified diff of their native JSON; empty where they are equal.
  ///
  /// - Parameter new: nil for the current one.
  package func difference(
    _ kind: DocumentKind, _ idOrName: String, from old: UInt64, to new: UInt64?
  ) async throws -> (from: UInt64, to: UInt64, text: String) {
    let row = try await current(kind, idOrName)
    let to = new ?? row.revision
    let texts = try await texts(of: row, [old, to])
    guard let oldText = texts[old], let newText = texts[to] else { throw Self.noVersion(row, old) }
    let text = UnifiedDiff.text(
      from: DocumentWriter.pretty(oldText), to: DocumentWriter.pretty(newText),
      oldName: "\(kind.rawValue)/\(row.id) revision \(old)", newName: "\(kind.rawValue)/\(row.id) revision \(to)")
    return (old, to, text)
  }

  /// Saves an earlier text as a new revision: an import of it, with an import's checks and rights. What was encrypted
  /// since stays so, and a runbook that is disabled, by somebody or after failed runs, stays so: to enable it is an act of its
  /// own.
  package func rollBack(
    _ kind: DocumentKind, _ idOrName: String, to revision: UInt64, importing: DocumentImport, by who: Authorization,
    also: (Capability, String) -> Authorization?
  ) async throws -> ImportResult {
    let row = try await current(kind, idOrName)
    guard revision != row.revision else {
      throw ServiceFault.conflict("Revision \(revision) is the current one of the \(kind.rawValue) `\(row.id)`.")
    }
    guard also(.create, "api/import") != nil else {
      throw ServiceFault.denied("A rollback is an import: that needs the capability create on `api/import`.")
    }
    let found = try await texts(of: row, [revision], goingPastUnreadable: true)
    guard let text = found[revision] else { throw Self.noVersion(row, revision) }
    let file = DocumentFile(name: "revision \(revision)", bytes: text)
    return try await importing.run(
      [file], into: kind == .runbook ? row.id : nil, keepingDisabled: true, by: who, also: also)
  }

  private func current(_ kind: DocumentKind, _ idOrName: String) async throws -> StoredDocument {
    let id = try await library.id(of: kind, named: idOrName)
    guard let row = try await library.parts.store.document(kind, id: id) else {
      throw ServiceFault.notFound(kind: kind.rawValue, name: idOrName)
    }
    return row
  }

  private static func noVersion(_ row: StoredDocument, _ revision: UInt64) -> ServiceFault {
    .notFound(kind: "revision", name: "\(revision)` of the \(row.kind.rawValue) `\(row.id)")
  }

  /// The texts of these revisions, each without the values that it or a later one encrypts: what stood in clear once is
  /// not shown when somebody has decided that it is secret.
  ///
  /// - Parameter goingPastUnreadable: whether a later revision that cannot be read is passed over, as far as it does not even
  ///   tell what it encrypts: to go back to what can be read, and not to show it.
  private func texts(
    of row: StoredDocument, _ wanted: Set<UInt64>, goingPastUnreadable: Bool = false
  ) async throws -> [UInt64: [UInt8]] {
    guard let oldest = wanted.min() else { return [:] }
    let store = library.parts.store
    let kept = try await store.documentVersions(row.kind, id: row.id).map(\.revision).filter { $0 >= oldest }
    let known = Set(kept + [row.revision])
    for revision in wanted.sorted() where !known.contains(revision) { throw Self.noVersion(row, revision) }
    var marks = SealedMarks()
    var result: [UInt64: [UInt8]] = [:]
    // From the newest on: `kept` comes in that order.
    for revision in [row.revision] + kept {
      let version =
        revision == row.revision ? row : try await store.documentVersion(row.kind, id: row.id, revision: revision)
      guard let version else { throw Self.noVersion(row, revision) }
      if goingPastUnreadable, !wanted.contains(revision), mark(version, &marks) { continue }
      let text = try hidden(version, &marks)
      if wanted.contains(revision) { result[revision] = text }
    }
    return result
  }

  /// Notes what a revision that cannot be read encrypts, as far as it tells.
  ///
  /// - Returns: whether it is passed over: where it cannot be read, or is of a kind that encrypts nothing.
  private func mark(_ row: StoredDocument, _ marks: inout SealedMarks) -> Bool {
    guard let text = try? library.open(row) else { return true }
    switch row.kind {
    case .runbook:
      guard RunbookDocument(canonicalJSON: text) == nil else { return false }
      if let document = RunbookDocument(damagedJSON: text) { marks.add(document) }
    case .integration:
      guard IntegrationDocument(canonicalJSON: text) == nil else { return false }
      if let document = IntegrationDocument(damagedJSON: text) { marks.add(document) }
    // They encrypt nothing.
    case .scheme, .dataSource, .template: break
    }
    return true
  }

  private func hidden(_ row: StoredDocument, _ marks: inout SealedMarks) throws -> [UInt8] {
    let text = try library.open(row)
    switch row.kind {
    case .runbook:
      if let document = RunbookDocument(canonicalJSON: text) {
        marks.add(document)
        return marks.hiding(document).canonicalJSON
      }
    case .integration:
      if let document = IntegrationDocument(canonicalJSON: text) {
        marks.add(document)
        return marks.hiding(document).canonicalJSON
      }
    case .scheme:
      if let document = SchemeDocument(canonicalJSON: text) { return document.canonicalJSON }
    case .dataSource:
      if let document = DataSourceDocument(canonicalJSON: text) { return document.canonicalJSON }
    case .template:
      if let document = TemplateDocument(canonicalJSON: text) { return document.canonicalJSON }
    }
    throw ServiceFault.cannotOpen(
      place: "\(DocumentLibrary.place(row)), revision \(row.revision)", reason: "not a document")
  }
}
