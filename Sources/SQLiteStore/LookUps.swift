import GRDB
import Synchronization

/// Connections for look-ups by key, which are made where they are asked for. Each is one statement: it sees one state of
/// the database without a transaction around it, and the connections are opened for reading only.
///
/// They are not the pool's: a look-up that waits for one of the pool's readers holds a thread that runs tasks, while the
/// readers' own work needs such threads to come to its end. Here a caller waits for another caller's statement at most.
final class LookUps: Sendable {
  private let queues: [DatabaseQueue]
  private let turn = Atomic<Int>(0)

  /// As many as there are threads that run tasks, within reason.
  init(path: String, count: Int, configuration: GRDB.Configuration) throws {
    var configuration = configuration
    configuration.readonly = true
    configuration.label = "chancery.look-ups"
    queues = try (0..<max(1, min(count, 8))).map { _ in
      try DatabaseQueue(path: path, configuration: configuration)
    }
  }

  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    let place = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    return try queues[Int(UInt(bitPattern: place) % UInt(queues.count))].unsafeRead(body)
  }

  func close() {
    for queue in queues { try? queue.close() }
  }
}
