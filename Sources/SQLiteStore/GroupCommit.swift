import Dispatch
import GRDB
import Ledger
import Storage
import Synchronization

/// The one writer. Batches that wait together go into one transaction and cost one sync; a refused batch takes nothing
/// else with it.
final class GroupCommit: Sendable {
  private struct Waiting: Sendable {
    var batch: WriteBatch
    var done: @Sendable (Result<CommitReceipt, any Error>) -> Void
  }

  /// Under the lock: what waits, whether a drain is under way, whether the store is closed.
  private struct Queue: Sendable {
    var waiting: [Waiting] = []
    var isDraining = false
    var isClosed = false
  }

  /// Batches in one transaction at most, so that the first that waits does not wait for ever.
  private static let largestGroup = 512

  private let pool: DatabasePool
  private let writer: IntentionWriter
  private let state: Mutex<Queue> = Mutex(Queue())
  private let thread = DispatchQueue(label: "chancery.writer", qos: .userInitiated)
  /// Ends the process: after a failed sync nobody knows what is on disk (fsync does not report twice).
  private let onFailedSync: @Sendable () -> Never

  init(pool: DatabasePool, writer: IntentionWriter, onFailedSync: @escaping @Sendable () -> Never) {
    self.pool = pool
    self.writer = writer
    self.onFailedSync = onFailedSync
  }

  func commit(_ batch: WriteBatch) async throws -> CommitReceipt {
    try await withCheckedThrowingContinuation { answer in submit(batch) { answer.resume(with: $0) } }
  }

  /// `done` is called on the writer's thread; where the store is closed, at once.
  func submit(_ batch: WriteBatch, then done: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void) {
    let (mustDrain, isClosed) = state.withLock { queue in
      if queue.isClosed { return (false, true) }
      queue.waiting.append(Waiting(batch: batch, done: done))
      defer { queue.isDraining = true }
      return (!queue.isDraining, false)
    }
    if isClosed { return done(.failure(StoreFault.closed)) }
    if mustDrain { thread.async { self.drain() } }
  }

  /// Refuses further batches and returns when the last one is answered.
  func close() async {
    state.withLock { $0.isClosed = true }
    await withCheckedContinuation { done in thread.async { done.resume() } }
  }

  private func drain() {
    while true {
      let group = state.withLock { queue in
        var group: [Waiting] = []
        if queue.waiting.count <= Self.largestGroup {
          swap(&group, &queue.waiting)
        } else {
          group = Array(queue.waiting.prefix(Self.largestGroup))
          queue.waiting.removeFirst(group.count)
        }
        if group.isEmpty { queue.isDraining = false }
        return group
      }
      if group.isEmpty { return }
      write(group)
    }
  }

  private func write(_ group: [Waiting]) {
    var answers: [Result<CommitReceipt, any Error>] = []
    do {
      answers = try pool.writeWithoutTransaction { database in
        try writer.write(group.map(\.batch), to: database)
      }
    } catch {
      if let error = error as? DatabaseError, error.extendedResultCode == .SQLITE_IOERR_FSYNC { onFailedSync() }
      let fault = StoreFault(error, during: "commit")
      answers = group.map { _ in .failure(fault) }
    }
    for (waiting, answer) in zip(group, answers) {
      waiting.done(answer)
    }
  }
}

extension StoreFault {
  /// The store's own reading of an engine error: code and place, never the statement's arguments.
  init(_ error: any Error, during place: String) {
    if let fault = error as? StoreFault {
      self = fault
      return
    }
    guard let error = error as? DatabaseError else {
      self = .engine(code: 1, during: place)
      return
    }
    switch error.resultCode {
    case .SQLITE_FULL: self = .diskFull
    case .SQLITE_READONLY, .SQLITE_CANTOPEN: self = .folderReadOnly(path: "given with --data")
    case .SQLITE_CORRUPT: self = .damagedDatabase(path: "chancery.db")
    case .SQLITE_NOTADB: self = .notADatabase(path: "chancery.db")
    default: self = .engine(code: Int(error.extendedResultCode.rawValue), during: place)
    }
  }
}
