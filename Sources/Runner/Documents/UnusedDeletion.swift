import Runbooks
import Storage

/// Deletes what runbooks can name, when none does: that none does is looked up, and held in the transaction that deletes.
struct UnusedDeletion: Sendable {
  let library: DocumentLibrary
  /// Whether a runbook uses it.
  let isUsed: @Sendable (RunbookDocument) -> Bool
  /// What is thrown with the ids of the runbooks that do.
  let refusal: @Sendable ([String]) -> ServiceFault

  /// How often it is looked up anew, where runbooks are saved meanwhile.
  private static let attempts = 8

  /// Throws `refusal` where a runbook uses it now. Gives the revisions of all that were looked at.
  @discardableResult
  func check() async throws -> [String: UInt64] {
    // One that cannot be read uses nothing.
    let runbooks = try await library.runbookRows()
    let users = runbooks.filter { $0.document.map(isUsed) ?? false }.map(\.row.id)
    guard users.isEmpty else { throw refusal(users) }
    return Dictionary(runbooks.map { ($0.row.id, $0.row.revision) }, uniquingKeysWith: { first, _ in first })
  }

  /// Commits the batch together with the condition. Throws `refusal`, or what the store threw.
  func commit(_ batch: WriteBatch) async throws {
    var left = Self.attempts
    while true {
      left -= 1
      let seen = try await check()
      var batch = batch
      batch.intentions.insert(.expectDocuments(.runbook, revisions: seen), at: 0)
      do {
        _ = try await library.parts.store.commit(batch)
        return
      } catch CommitRefusal.revisionMoved(DocumentKind.runbook.rawValue) where left > 0 {
        continue
      } catch {
        throw ServiceFault(error)
      }
    }
  }
}
