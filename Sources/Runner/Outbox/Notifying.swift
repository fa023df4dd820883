import Access
import Runbooks
import Storage

/// Writes a notification for each login that wants to be told. They and the end of the item are one commit.
struct Notifying: Sendable {
  let library: DocumentLibrary

  func perform(_ item: OutboxItem) async throws -> OutboxResult {
    let parts = library.parts
    let logins = LoginBook(parts: parts)
    let wanted = try await library.bundle(item.bundle).runbook.onFailure.notify
    var told: [StoredNotification] = []
    for name in try await logins.names() {
      switch wanted {
      case .nobody: continue
      case .everybody: break
      case .logins(let names): guard names.contains(name) else { continue }
      }
      guard let user = try? UserName(name), let login = try await logins.login(user),
        login.preferences.errorNotifications
      else { continue }
      told.append(
        StoredNotification(
          login: name, id: item.id, runbookID: item.runbookID, run: item.run, failures: item.failures,
          at: item.createdAt))
    }
    guard let settled = item.settled(.done, at: parts.clock.now()) else { return .done }
    do {
      _ = try await parts.store.commit(WriteBatch([.account(.notify(told)), .account(.settle(settled))]))
    } catch CommitRefusal.revisionMoved {
      return .settled
    }
    return .settled
  }
}
