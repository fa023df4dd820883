import Access
import Runbooks
import Storage

/// Writes a notification for each login that wants to be told. They and the end of the item are one commit.
struct Notifying: Sendable {
  let library: DocumentLibrary

  /// How often the logins are read anew, where one is changed or deleted meanwhile.
  private static let attempts = 8

  func perform(_ item: OutboxItem) async throws -> OutboxResult {
    for _ in 0..<Self.attempts {
      guard let result = try await attempt(item) else { continue }
      return result
    }
    return .later("logins-changed")
  }

  /// Nil where a login that was to be told is no longer as it was: whoever is told is whoever is there in the commit.
  private func attempt(_ item: OutboxItem) async throws -> OutboxResult? {
    let parts = library.parts
    let logins = LoginBook(parts: parts)
    let wanted = try await library.bundle(item.bundle).runbook.onFailure.notify
    var told: [StoredNotification] = []
    var expected: [Intention] = []
    for name in try await logins.names() {
      switch wanted {
      case .nobody: continue
      case .everybody: break
      case .logins(let names): guard names.contains(name) else { continue }
      }
      guard let user = try? UserName(name), let row = try await parts.store.login(named: name),
        let login = try await logins.login(user), login.preferences.errorNotifications
      else { continue }
      expected.append(.expectLogin(row))
      told.append(
        StoredNotification(
          login: name, id: item.id, runbookID: item.runbookID, run: item.run, failures: item.failures,
          at: item.createdAt))
    }
    guard let settled = item.settled(.done, at: parts.clock.now()) else { return .done }
    do {
      _ = try await parts.store.commit(WriteBatch(expected + [.account(.notify(told)), .account(.settle(settled))]))
    } catch CommitRefusal.revisionMoved {
      guard try await parts.store.outboxItem(item.id)?.state == .pending else { return .settled }
      return nil
    }
    return .settled
  }
}
