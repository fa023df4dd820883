package import Labels
import NIOPosix
import Synchronization

/// Where statements of steps are carried out: on threads of their own, because databases block.
package final class DataSources: Sendable {
  /// The database of a source.
  package enum Database: Sendable {
    /// A file, by its path below the folder.
    case sqlite(file: String)
    case postgres(PostgresServer)
  }

  private let folder: SQLiteFolder?
  private let threads = NIOThreadPool(numberOfThreads: StatementLimits.threads)
  /// Under the lock: whether the threads run. A service without data sources has none of them.
  private let hasStarted = Mutex(false)

  /// - Parameter folder: the one whose files SQLite sources may be; nil: there are none.
  package init(folder: SQLiteFolder?) { self.folder = folder }

  /// Carries out what the door let out, and gives what was taken of its answer. Throws `SourceFault`; where that is
  /// `timeout`, `disconnected` or `interrupted`, a statement that changes something may have done so.
  ///
  /// - Parameter take: called once with the whole answer, on the thread of the statement, before what it changed is kept.
  package func rows<Taken: Sendable>(
    of statement: SendableStatement, in database: Database, isReadOnly: Bool, limits: StatementLimits,
    taking take: @escaping @Sendable (SourceAnswer) -> TakenAnswer<Taken>
  ) async throws(SourceFault) -> Taken {
    hasStarted.withLock { hasStarted in
      if !hasStarted { threads.start() }
      hasStarted = true
    }
    let watch = StatementWatch(timeout: limits.timeout)
    let folder = folder
    let work = { @Sendable () -> Result<Taken, SourceFault> in
      do throws(SourceFault) {
        if let reason = watch.reason { throw reason }
        return .success(
          try Self.perform(
            statement, in: database, folder: folder, isReadOnly: isReadOnly, limits: limits, watch: watch,
            taking: take))
      } catch {
        return .failure(error)
      }
    }
    let result = await withTaskCancellationHandler {
      (try? await threads.runIfActive(work)) ?? .failure(.interrupted)
    } onCancel: {
      watch.cancel()
    }
    return try result.get()
  }

  private static func perform<Taken: Sendable>(
    _ statement: SendableStatement, in database: Database, folder: SQLiteFolder?, isReadOnly: Bool,
    limits: StatementLimits, watch: StatementWatch, taking take: (SourceAnswer) -> TakenAnswer<Taken>
  ) throws(SourceFault) -> Taken {
    switch (database, statement.destination) {
    case (.sqlite(let file), .file):
      guard let folder else { throw .noFolder }
      return try SQLiteRun(file: try folder.file(file), isReadOnly: isReadOnly, limits: limits, watch: watch)
        .rows(of: BoundStatement(statement, spelling: .sqlite), taking: take)
    case (.postgres(let server), .server(let dial)):
      return try PostgresRun(server: server, dial: dial, isReadOnly: isReadOnly, limits: limits, watch: watch)
        .rows(of: BoundStatement(statement, spelling: .postgres), taking: take)
    default: throw .otherDestination
    }
  }

  /// Stops the threads; statements that wait are answered as interrupted.
  package func shutDown() async { try? await threads.shutdownGracefully() }
}
