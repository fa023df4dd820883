import Destinations
import Labels
import RunEngine
import Runbooks

/// What a run would begin with now, beside what an earlier one began with: a repetition that takes values over must not
/// use one that was replaced, or may go to fewer hosts by now.
struct StartingValues: Sendable {
  private let present: [String: LabeledText]
  /// Variables whose value was entered: they have hosts of their own.
  private let entered: Set<String>
  private let ownHosts: HostClearance
  /// Variables that a request sets.
  private let asked: Set<String>

  init(_ present: [(name: String, value: LabeledText)], of runbook: RunbookDocument, ownHosts: HostClearance) {
    self.present = Dictionary(present.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    entered = Set(runbook.variables.filter { if case .sealed = $0.initialValue { true } else { false } }.map(\.name))
    self.ownHosts = ownHosts
    asked = Set((runbook.start.publicStart?.inputs ?? []).map(\.name))
      .union(runbook.variables.filter { $0.from != nil }.map(\.name))
  }

  /// The first variable, by name, whose secret starting value is another one now, may go elsewhere, or is gone. What a
  /// request or another run (`handed`) brought stands in no store; a stored secret that came that way may have changed.
  func changed(since before: RunSession, handed: Set<String>) throws -> String? {
    guard case .started(_, _, let variables, _)? = before.started else { return nil }
    for (name, handle) in variables.sorted(by: { $0.key < $1.key }) {
      let old = try before.values.text(handle)
      guard !asked.contains(name), !handed.contains(name), let new = present[name] else {
        if old.label.secretOrigins.contains(where: isStored) { return name }
        continue
      }
      guard old.label.isSecret || new.label.isSecret else { continue }
      guard old.label.hosts == new.label.hosts, try isSame(old, new, name, before) else { return name }
    }
    return nil
  }

  /// By their commitments: the values themselves are looked at by nobody.
  private func isSame(_ old: LabeledText, _ new: LabeledText, _ name: String, _ run: RunSession) throws -> Bool {
    let id = run.id.text
    let one = try ValueCommitment(to: old, event: 1, name: name, run: id, key: run.key)
    return try one == ValueCommitment(to: new, event: 1, name: name, run: id, key: run.key)
  }

  /// Whether a value came out of the store, and so must be there still.
  private func isStored(_ origin: Origin) -> Bool {
    if case .variable(let name) = origin { return entered.contains(name) }
    return Self.isHeld(origin)
  }

  /// Whether it came out of the store in whatever run: a variable of another one is told by its name alone.
  static func isHeld(_ origin: Origin) -> Bool {
    switch origin {
    case .secret, .credential: true
    case .variable, .parameter, .response, .trigger, .namedKey: false
    }
  }

  /// A value that is taken over, for the hosts that it may go to now: what came in encrypted goes where the grant lets it
  /// go today.
  func restricted(_ text: LabeledText) -> LabeledText {
    let isOwn = text.label.secretOrigins.contains { origin in
      switch origin {
      case .trigger, .response: true
      case .variable(let name): !entered.contains(name)
      case .parameter, .secret, .credential, .namedKey: false
      }
    }
    return isOwn ? text.restricted(to: ownHosts) : text
  }
}
