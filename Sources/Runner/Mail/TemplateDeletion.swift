package import Access
import Ledger
import Runbooks
import Storage

/// Deletes a mail template that no runbook names, with its earlier saves.
package struct TemplateDeletion: Sendable {
  private let library: DocumentLibrary

  package init(library: DocumentLibrary) { self.library = library }

  /// Throws `notFound` where there is none, `conflict` with the runbooks that name it, and where it was saved in the
  /// meantime.
  package func delete(_ name: String, by who: Authorization) async throws {
    guard let row = try await library.parts.store.document(.template, id: name) else {
      throw ServiceFault.notFound(kind: "template", name: name)
    }
    let draft = LedgerDraft(
      kind: .document, actor: .entity(who.token.entity.text), action: "delete", subject: "template/\(row.id)",
      outcome: "revision \(row.revision)")
    let deletion = UnusedDeletion(
      library: library, isUsed: { $0.onFailure.mail?.template == name },
      refusal: { .conflict("Runbooks name the template: \(MailBook.listed($0)).") })
    try await deletion.commit(
      WriteBatch([.deleteDocument(.template, id: row.id, revision: row.revision)], ledger: [draft]))
  }
}
