import RunEngine
import Storage

/// What is done side by side: what the service does by itself, and what waits for others. Each has places of its own.
enum OutboxLane: CaseIterable {
  case inside
  case outside

  /// Items that are tried at the same time.
  var mostAtOnce: Int {
    switch self {
    case .inside: 8
    case .outside: 32
    }
  }

  /// Those of one runbook: whom one calls may not answer, and others have deliveries, too.
  private var mostOfOneRunbook: Int {
    switch self {
    case .inside: 8
    case .outside: 2
    }
  }

  private var actions: [FailureAction] {
    switch self {
    case .inside: [.disable, .notify]
    case .outside: [.ticket, .mail, .webhook]
    }
  }

  /// Of which items some can be taken while these are in hand; nil where there is no place.
  func part(beside busy: [OutboxItem]) -> OutboxPart? {
    let own = busy.filter { actions.contains($0.action) }
    guard own.count < mostAtOnce else { return nil }
    let counts = Dictionary(own.map { ($0.runbookID, 1) }, uniquingKeysWith: +)
    return OutboxPart(actions, excluding: Set(counts.filter { $0.value >= mostOfOneRunbook }.keys))
  }

  /// Whether there is a place for one of these.
  func takes(_ item: OutboxItem, beside busy: [OutboxItem]) -> Bool {
    part(beside: busy).map { $0.actions.contains(item.action) && !$0.excluding.contains(item.runbookID) } ?? false
  }
}
