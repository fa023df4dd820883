import Encodings
import Ledger
import RunEngine
import Runbooks
import ServiceLifecycle
import Storage
import Synchronization

/// Does what the ends of runs asked for: at least once each, with an id by which a repetition is known. Nothing of it
/// holds a run up. A delivery that hangs holds up neither what is done inside the service nor the deliveries of others, as
/// long as not all of them hang.
package final class Outbox: Service {
  private let runner: Runner
  private let endpoints: EndpointBook
  /// Under the lock: items that a task is at.
  private let inHand = Mutex<[String: OutboxItem]>([:])

  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner, endpoints: EndpointBook) {
    self.runner = runner
    self.endpoints = endpoints
  }

  private static let longestWait = Duration.seconds(60)

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        while !Task.isCancelled {
          for lane in OutboxLane.allCases {
            for item in await self.takeDue(lane) { group.addTask { await self.work(on: item) } }
          }
          await self.runner.aftermath.wait(atMost: await self.untilNextDue())
        }
        group.cancelAll()
      }
    }
  }

  private func takeDue(_ lane: OutboxLane) async -> [OutboxItem] {
    let busy = inHand.withLock { $0 }
    guard !parts.isSealed, let part = lane.part(beside: Array(busy.values)),
      let due = try? await parts.store.dueOutbox(part, at: parts.clock.now(), limit: lane.mostAtOnce + busy.count)
    else { return [] }
    var taken = busy
    for item in due where taken[item.id] == nil && lane.takes(item, beside: Array(taken.values)) {
      taken[item.id] = item
    }
    let fresh = due.filter { busy[$0.id] == nil && taken[$0.id] != nil }
    inHand.withLock { inHand in for item in fresh { inHand[item.id] = item } }
    return fresh
  }

  private func untilNextDue() async -> Duration {
    guard !parts.isSealed else { return Self.longestWait }
    let busy = Array(inHand.withLock { $0 }.values)
    var wait = Self.longestWait
    for lane in OutboxLane.allCases {
      guard let part = lane.part(beside: busy), let next = try? await parts.store.nextOutboxDue(part) else { continue }
      // What is due is in hand, or was refused just now.
      wait = min(wait, max(.milliseconds(next.milliseconds(since: parts.clock.now())), .milliseconds(500)))
    }
    return wait
  }

  private func work(on item: OutboxItem) async {
    let result = await perform(item)
    let isCancelled = Task.isCancelled
    if !isCancelled || result == .done { await record(result, of: item) }
    inHand.withLock { _ = $0.removeValue(forKey: item.id) }
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
