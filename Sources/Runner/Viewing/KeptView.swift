package import Access
package import Encodings
import Keyring
import Ledger
import Runbooks
import Storage

/// The variables of a runbook that are kept for its next run, for whoever operates it: which, since when, and about how
/// large. The values are given to nobody; one can be cleared.
package struct KeptView: Sendable {
  package struct Entry: Equatable, Sendable {
    package let name: String
    /// When the run ended that left it; nil where an earlier release kept it.
    package let keptAt: Instant?
    /// What it is stored as, in bytes, without what the sealing adds: value and labels, rounded up.
    package let sizeClass: Int
    /// Whether the runbook as it is now keeps a variable of this name: else no run uses the value.
    package let isUsed: Bool
  }

  private let library: DocumentLibrary

  package init(library: DocumentLibrary) {
    self.library = library
  }

  /// What is kept for a runbook, by name. Throws `notFound` where there is no such runbook.
  package func entries(of runbook: String) async throws -> [Entry] {
    guard let (row, document) = try await library.runbook(runbook) else {
      throw ServiceFault.notFound(kind: "runbook", name: runbook)
    }
    return try await library.parts.store.keptVariables(runbookID: row.id).map { kept in
      Entry(
        name: kept.name, keptAt: kept.keptAt,
        sizeClass: kept.value.bytes.count - Envelope.minimumCount + SizeClass.smallest,
        isUsed: document.variables.contains { $0.persist && $0.name == kept.name })
    }
  }

  /// Clears what is kept of one variable: runs that begin afterwards begin with what the document says. A run under way
  /// still has what it began with, and leaves it where its steps set the variable. Throws `notFound` where there is no such
  /// runbook, or nothing of this variable is kept.
  package func clear(_ variable: String, of runbook: String, by who: Authorization) async throws {
    guard let (row, _) = try await library.runbook(runbook) else {
      throw ServiceFault.notFound(kind: "runbook", name: runbook)
    }
    let kept = try await library.parts.store.keptVariables(runbookID: row.id)
    guard kept.contains(where: { $0.name == variable }) else {
      throw ServiceFault.notFound(kind: "kept variable", name: variable)
    }
    let draft = LedgerDraft(
      kind: .secret, actor: .entity(who.token.entity.text), action: "clear",
      subject: KeptVariables.subject(row.id, variable), outcome: "ok")
    do {
      try await library.parts.store.commit(
        WriteBatch([.forgetKeptVariable(runbookID: row.id, name: variable)], ledger: [draft]))
    } catch CommitRefusal.notFound {
      throw ServiceFault.notFound(kind: "kept variable", name: variable)
    }
  }
}
