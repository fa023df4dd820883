import Encodings
import Storage

/// What became of one attempt at an item of the outbox.
enum OutboxResult: Equatable, Sendable {
  case done
  /// It is done and its row is settled already, in the commit that did it.
  case settled
  /// It may succeed later; the word says why not now.
  case later(String)
  /// A part of the service that it needs is not set up; nothing tries it before somebody does that.
  case wait(String)
  /// Trying again cannot help before somebody changes something.
  case never(String)
  /// The service stops or is sealed: nothing is recorded, and the next start tries again.
  case stopped
}

/// When an item is tried again.
enum OutboxSchedule {
  /// Attempts at most: with the waits below, a little more than a day.
  static let mostAttempts = 34

  /// The wait after this many attempts: ten seconds, doubled each time, an hour at most.
  static func waitMilliseconds(afterAttempts attempts: Int) -> Int64 {
    min(10_000 << Int64(min(20, max(0, attempts - 1))), 3_600_000)
  }
}

extension OutboxItem {
  /// The row after an attempt at this time; nil where nothing is recorded.
  func settled(_ result: OutboxResult, at now: Instant) -> OutboxItem? {
    var item = self
    item.attempts += 1
    switch result {
    case .stopped, .settled: return nil
    case .done:
      item.state = .done
      item.doneAt = now
      item.problem = nil
    case .wait(let problem):
      item.state = .waiting
      item.problem = problem
    case .never(let problem):
      item.state = .failed
      item.doneAt = now
      item.problem = problem
    case .later(let problem):
      item.problem = problem
      if item.attempts >= OutboxSchedule.mostAttempts {
        item.state = .failed
        item.doneAt = now
      } else {
        item.dueAt = now.advanced(byMilliseconds: OutboxSchedule.waitMilliseconds(afterAttempts: item.attempts))
      }
    }
    return item
  }
}
