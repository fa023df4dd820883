package import Encodings
package import RunEngine
package import Storage

extension SQLiteStore {
  package func failureStreak(runbookID: String) async throws(StoreFault) -> FailureStreak {
    try await read("failureStreak") { try AccountRows.streak(runbook: runbookID, from: $0) }
  }

  package func outbox(_ query: OutboxQuery) async throws(StoreFault) -> [OutboxItem] {
    try await read("outbox") { try OutboxRows.fetch(query, from: $0) }
  }

  package func outboxItem(_ id: String) async throws(StoreFault) -> OutboxItem? {
    try await read("outboxItem") { try OutboxRows.one(id, from: $0) }
  }

  package func dueOutbox(
    _ part: OutboxPart, at: Instant, limit: Int
  ) async throws(StoreFault) -> [OutboxItem] {
    try await read("dueOutbox") { try OutboxRows.due(part, at: at, limit: limit, from: $0) }
  }

  package func nextOutboxDue(_ part: OutboxPart) async throws(StoreFault) -> Instant? {
    try await read("nextOutboxDue") { try OutboxRows.nextDue(part, from: $0) }
  }

  package func notifications(
    login: String, unreadOnly: Bool, limit: Int
  ) async throws(StoreFault) -> [StoredNotification] {
    try await read("notifications") {
      try NotificationRows.fetch(login: login, unreadOnly: unreadOnly, limit: limit, from: $0)
    }
  }

  package func tally(runbookID: String, _ window: TallyWindow) async throws(StoreFault) -> RunTally {
    try await read("tally") { try AccountRows.tally(runbook: runbookID, window, from: $0) }
  }

  package func pauses() async throws(StoreFault) -> [StoredPause] {
    try await read("pauses") { try PauseRows.all(from: $0) }
  }

  package func scheduleSlots(runbookID: String) async throws(StoreFault) -> [ScheduleSlot] {
    try await read("scheduleSlots") { try ScheduleRows.slots(runbook: runbookID, from: $0) }
  }

  package func requests(_ query: RequestQuery) async throws(StoreFault) -> [RequestEntry] {
    try await read("requests") { try RequestRows.fetch(query, from: $0) }
  }

  package func requestMethods() async throws(StoreFault) -> [String] {
    try await read("requestMethods") { try RequestRows.methods(from: $0) }
  }
}
