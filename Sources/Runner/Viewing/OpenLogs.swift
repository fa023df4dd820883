import Labels
import RunEngine
import Synchronization

/// What logs that are being read are made from. It holds values in clear, so there are few of them at once, however many
/// read and however slowly, and none once the service is sealed. Whoever finds his own gone reads the run again.
package final class OpenLogs: Sendable {
  /// A run as it was read, and what its texts are searched for.
  struct Content: Sendable {
    let session: RunSession
    let view: DisclosureView
  }

  private struct State {
    /// The number of whoever came last.
    var last = 0
    /// By the number of whoever reads; the one that was asked for longest ago is first.
    var open: [(number: Int, content: Content)] = []
  }

  private let state = Mutex(State())

  /// Contents at most; the one that was asked for longest ago goes for a further one.
  static let most = 16

  /// A place of its own for whoever reads a log. What is kept in it goes with it.
  func place() -> Place {
    Place(
      logs: self,
      number: state.withLock { state in
        state.last += 1
        return state.last
      })
  }

  /// How many contents are kept.
  var count: Int { state.withLock { $0.open.count } }

  /// Forgets every content; called with a seal.
  package func forget() { state.withLock { $0.open = [] } }

  /// Forgets what was read of runs that are deleted.
  func forget(_ runs: Set<RunID>) { state.withLock { $0.open.removeAll { runs.contains($0.content.session.id) } } }

  private func keep(_ content: Content, for number: Int) {
    state.withLock { state in
      state.open.removeAll { $0.number == number }
      if state.open.count >= Self.most { state.open.removeFirst() }
      state.open.append((number, content))
    }
  }

  private func content(for number: Int) -> Content? {
    state.withLock { state in
      guard let index = state.open.firstIndex(where: { $0.number == number }) else { return nil }
      let found = state.open.remove(at: index)
      state.open.append(found)
      return found.content
    }
  }

  private func remove(_ number: Int) { state.withLock { $0.open.removeAll { $0.number == number } } }

  /// Where one reader's content is kept.
  final class Place: Sendable {
    private let logs: OpenLogs
    private let number: Int

    fileprivate init(logs: OpenLogs, number: Int) {
      self.logs = logs
      self.number = number
    }

    deinit { logs.remove(number) }

    /// What was kept last; nil where it is gone.
    var content: Content? { logs.content(for: number) }

    func keep(_ content: Content) { logs.keep(content, for: number) }

    /// Lets it go before the place itself goes.
    func clear() { logs.remove(number) }
  }
}
