import Ledger
import Runbooks
import Storage

/// Puts right what a release before could do: it took names with U+0000, which the database ended there. The ledger has the
/// whole name, and the row was taken for one that somebody else had changed: the service did not begin any more.
package struct DocumentMending: Sendable {
  private let library: DocumentLibrary
  private var store: any Store { library.parts.store }

  package init(library: DocumentLibrary) {
    self.library = library
  }

  /// Saves each such document anew, with a name that can be shown. Only one whose own sealed text has the name that the
  /// ledger has: what somebody else changed stays as it is, and is noticed as before. Called with the keys at hand, after the
  /// ledger was read and before documents are.
  ///
  /// - Returns: what was saved, as `KIND/ID`.
  package func run() async throws -> [String] {
    var mended: [String] = []
    // The names of the other kinds are their ids.
    for kind in [DocumentKind.runbook, .integration] {
      for row in try await store.strayDocuments(kind) {
        let isMended = try await mend(row)
        if isMended { mended.append("\(kind.rawValue)/\(row.id)") }
      }
    }
    return mended
  }

  private func mend(_ row: StoredDocument) async throws -> Bool {
    guard let text = try? library.open(row), let name = Self.name(row.kind, text),
      let end = name.utf8.firstIndex(of: 0), row.name.utf8.elementsEqual(name.utf8[..<end])
    else { return false }
    var whole = row
    whole.name = name
    guard try await store.isAnchored(whole) else { return false }
    let plain = ShownText.plain(name)
    let shown = try await isFree(plain, for: row) ? plain : row.id
    guard let renamed = Self.renamed(row.kind, text, to: shown) else { return false }
    let next = try library.row(
      kind: row.kind, id: row.id, name: shown, isActive: row.isActive, text: renamed, replacing: row, by: nil)
    let draft = LedgerDraft(
      kind: .document, actor: .service, action: "mend", subject: "\(row.kind.rawValue)/\(row.id)",
      outcome: "revision \(next.revision)")
    _ = try await store.commit(WriteBatch([.saveDocument(next)], ledger: [draft]))
    return true
  }

  /// Whether no other document has the name, or is found by it as its id. Others that are to be mended cannot be looked up.
  private func isFree(_ name: String, for row: StoredDocument) async throws -> Bool {
    guard !name.isEmpty else { return false }
    if name == row.id { return true }
    let strays = try await store.strayDocuments(row.kind)
    if strays.contains(where: { $0.id != row.id && ($0.id == name || $0.name == name) }) { return false }
    if try await store.document(row.kind, id: name) != nil { return false }
    if name == row.name { return true }
    return try await store.document(row.kind, named: name) == nil
  }

  /// The name that a document's own text gives it.
  private static func name(_ kind: DocumentKind, _ text: [UInt8]) -> String? {
    switch kind {
    case .runbook: RunbookDocument(canonicalJSON: text)?.name
    case .integration: IntegrationDocument(canonicalJSON: text)?.name
    case .scheme, .template, .dataSource: nil
    }
  }

  private static func renamed(_ kind: DocumentKind, _ text: [UInt8], to name: String) -> [UInt8]? {
    switch kind {
    case .runbook:
      var document = RunbookDocument(canonicalJSON: text)
      document?.name = name
      return document?.canonicalJSON
    case .integration:
      var document = IntegrationDocument(canonicalJSON: text)
      document?.name = name
      return document?.canonicalJSON
    case .scheme, .template, .dataSource: return nil
    }
  }
}
