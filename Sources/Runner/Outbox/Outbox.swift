import Encodings
import Ledger
import RunEngine
import Runbooks
import ServiceLifecycle
import Storage
import Synchronization

/// Does what the ends of runs asked for: at least once each, with an id by which a repetition is known. Nothing of it
/// holds a run up, and a delivery that hangs holds nothing else up.
package final class Outbox: Service {
  private let runner: Runner
  private let endpoints: EndpointBook
  /// Under the lock: items that a task is at.
  private let inHand = Mutex<Set<String>>([])

  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner, endpoints: EndpointBook) {
    self.runner = runner
    self.endpoints = endpoints
  }

  /// Items that are tried at the same time.
  private static let mostAtOnce = 8
  private static let longestWait = Duration.seconds(60)

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        while !Task.isCancelled {
          for item in await self.takeDue() { group.addTask { await self.work(on: item) } }
          await self.runner.aftermath.wait(atMost: await self.untilNextDue())
        }
        group.cancelAll()
      }
    }
  }

  private func takeDue() async -> [OutboxItem] {
    let busy = inHand.withLock { $0 }
    let free = Self.mostAtOnce - busy.count
    guard !parts.isSealed, free > 0,
      let due = try? await parts.store.dueOutbox(at: parts.clock.now(), limit: free + busy.count)
    else { return [] }
    let taken = due.filter { !busy.contains($0.id) }.prefix(free)
    inHand.withLock { $0.formUnion(taken.map(\.id)) }
    return Array(taken)
  }

  private func untilNextDue() async -> Duration {
    let busy = inHand.withLock { $0.count }
    guard !parts.isSealed, busy < Self.mostAtOnce, let next = try? await parts.store.nextOutboxDue() else {
      return Self.longestWait
    }
    let wait = next.milliseconds(since: parts.clock.now())
    // What is due is in hand, or was refused just now.
    return min(max(.milliseconds(wait), .milliseconds(500)), Self.longestWait)
  }

  private func work(on item: OutboxItem) async {
    let result = await perform(item)
    let isCancelled = Task.isCancelled
    if !isCancelled || result == .done { await record(result, of: item) }
    inHand.withLock { _ = $0.remove(item.id) }
    if !isCancelled { runner.aftermath.ring() }
  }

  private func perform(_ item: OutboxItem) async -> OutboxResult {
    if parts.isSealed { return .stopped }
    do {
      switch item.action {
      case .disable: return try await Disabling(runner: runner, endpoints: endpoints).perform(item)
      case .notify: return try await Notifying(library: runner.library).perform(item)
      case .webhook: return try await FailureWebhook(library: runner.library).perform(item)
      case .mail: return try await FailureMail(library: runner.library).perform(item)
      // They are written as waiting, and are not due.
      case .ticket: return .never("not-in-this-release")
      }
    } catch {
      return parts.isSealed ? .stopped : .later(ServiceFault(error).outboxWord)
    }
  }

  private func record(_ result: OutboxResult, of item: OutboxItem) async {
    guard let next = item.settled(result, at: parts.clock.now()) else { return }
    let draft = LedgerDraft(
      kind: .runEvent, actor: .service, action: item.action.rawValue, subject: "outbox/\(item.id)",
      outcome: next.state == .done ? "ok" : "\(next.state.rawValue): \(next.problem ?? "")")
    // Where this is not written the item is done once more, under the same id.
    _ = try? await parts.store.commit(WriteBatch([.account(.settle(next))], ledger: [draft]))
    // The mail server may have been set while this was found out.
    if case .wait = result, (try? await MailBook(parts: parts).open()) != nil {
      _ = try? await parts.store.commit(WriteBatch([.account(.release(item.action, at: parts.clock.now()))]))
    }
  }
}

extension ServiceFault {
  /// A word for the outbox; it names no value.
  var outboxWord: String {
    switch self {
    case .sealed: "sealed"
    case .notFound: "not-found"
    case .store: "store"
    case .conflict: "conflict"
    default: "fault"
    }
  }
}
