import Synchronization
import Testing

@testable import Runner

@Suite("Turns")
struct TurnsTests {
  /// What happened, in order.
  private final class Notes: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func take(_ line: String) { lines.withLock { $0.append(line) } }
  }

  private struct Unexpected: Error {}

  @Test("Nobody comes in while another one is in, and whoever waits comes in by turn, also after one that throws")
  func order() async throws {
    let turns = Turns()
    let notes = Notes()
    var waiting: [Task<Void, Never>] = []
    await #expect(throws: Unexpected.self) {
      try await turns.pass {
        notes.take("first in")
        for name in ["second", "third"] {
          waiting.append(Task { await turns.pass { notes.take(name) } })
          // Long enough for it to come in, were it let in.
          for _ in 0..<200 { await Task.yield() }
        }
        notes.take("first out")
        throw Unexpected()
      }
    }
    for task in waiting { await task.value }
    #expect(notes.all == ["first in", "first out", "second", "third"])
  }
}
