import Runbooks
package import Storage

/// Stored documents that cannot be read. They run nothing and are called by nothing; all others go on without them, and
/// they can be deleted, rolled back and imported over.
extension DocumentLibrary {
  /// Why a row cannot be read whose envelope opens.
  static let noDocument = "not a document"

  /// The rows of a kind, with nil for what cannot be read. Throws what is no fault of one row, as while the service is sealed.
  func rows<Document>(
    _ kind: DocumentKind, _ read: (StoredDocument) throws -> Document
  ) async throws -> [(row: StoredDocument, document: Document?)] {
    var found: [(row: StoredDocument, document: Document?)] = []
    for row in try await parts.store.documents(kind) {
      let document = try readable { try read(row) }
      found.append((row: row, document: document))
    }
    return found
  }

  static func onlyReadable<Document>(
    _ rows: [(row: StoredDocument, document: Document?)]
  ) -> [(row: StoredDocument, document: Document)] {
    var found: [(row: StoredDocument, document: Document)] = []
    for (row, document) in rows {
      if let document { found.append((row: row, document: document)) }
    }
    return found
  }

  /// Nil where it cannot be read.
  func readable<Document>(_ read: () throws -> Document) throws -> Document? {
    do {
      return try read()
    } catch let fault as ServiceFault {
      guard case .cannotOpen = fault else { throw fault }
      return nil
    }
  }

  /// The runbook of an id; nil where there is none, and where it cannot be read.
  func readableRunbook(id: String) async throws -> RunbookDocument? {
    try await runbookRows().first { $0.row.id == id }?.document
  }

  /// The documents of a kind that cannot be read, with why, in a clause each.
  package func unreadable(_ kind: DocumentKind) async throws -> [(row: StoredDocument, reason: String)] {
    let rows: [StoredDocument] =
      switch kind {
      case .runbook: try await runbookRows().filter { $0.document == nil }.map(\.row)
      case .integration: try await integrationRows().filter { $0.document == nil }.map(\.row)
      case .scheme: try await schemeRows().filter { $0.document == nil }.map(\.row)
      case .dataSource: try await dataSourceRows().filter { $0.document == nil }.map(\.row)
      case .template: try await templateRows().filter { $0.document == nil }.map(\.row)
      }
    return rows.map { row in (row: row, reason: reason(row)) }
  }

  private func reason(_ row: StoredDocument) -> String {
    guard let text = try? open(row) else {
      return "it was changed outside the service, or belongs to another installation"
    }
    let obstacle = ReadBackCheck.obstacle(to: text, row.kind.checked).map { " (\($0))" } ?? ""
    return "it is saved in a form that this release does not read\(obstacle)"
  }

  /// The group of a runbook, as far as it can be read.
  func group(of row: StoredDocument) -> String? {
    guard let text = try? open(row) else { return nil }
    return RunbookDocument(damagedJSON: text)?.group
  }

  /// The ids of an integration's methods. Of one that cannot be read, all that it and its earlier saves are known to have had,
  /// and that no other integration has now: what was entered for them goes with it.
  func methodIDs(of row: StoredDocument) async throws -> Set<String> {
    let rows = try await integrationRows()
    if let document = rows.first(where: { $0.row.id == row.id })?.document {
      return Set(document.methods.map(\.id))
    }
    var found = damagedMethodIDs(of: row)
    for version in try await parts.store.documentVersions(.integration, id: row.id) {
      let kept = try await parts.store.documentVersion(.integration, id: row.id, revision: version.revision)
      if let kept { found.formUnion(damagedMethodIDs(of: kept)) }
    }
    for (other, document) in rows where other.id != row.id { found.subtract(presentMethodIDs(of: other, document)) }
    return found
  }

  /// The ids of the methods that an integration has now; of one that cannot be read, as far as its text tells.
  func presentMethodIDs(of row: StoredDocument, _ document: IntegrationDocument?) -> Set<String> {
    document.map { Set($0.methods.map(\.id)) } ?? damagedMethodIDs(of: row)
  }

  private func damagedMethodIDs(of row: StoredDocument) -> Set<String> {
    guard let text = try? open(row), let document = IntegrationDocument(damagedJSON: text) else { return [] }
    return Set(document.methods.map(\.id))
  }
}

extension DocumentKind {
  /// The kind by which a stored text is read.
  var checked: ReadBackCheck.Kind {
    switch self {
    case .runbook: .runbook
    case .integration: .integration
    case .scheme: .scheme
    case .template: .template
    case .dataSource: .dataSource
    }
  }
}
