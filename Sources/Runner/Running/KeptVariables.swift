import Encodings
import Keyring
import Labels
import RunEngine
import Runbooks
import Storage

/// Variables whose value is kept for the next run of their runbook (`persist`): sealed with their labels, written in the
/// batch that ends a run. Of runs that overlap, the one that ends last leaves its values.
struct KeptVariables: Sendable {
  let parts: ServiceParts

  static func context(_ runbook: String, _ name: String) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .persistedVariable, table: "kept_variable", row: "\(runbook)/\(name)", column: "value",
      context: [Array(runbook.utf8), Array(name.utf8)], version: 1)
  }

  /// What a run leaves behind where it has ended, and was not cancelled; a variable without a value, and one whose value is what the run began with, are left as
  /// they were.
  func left(by session: RunSession) throws -> [Intention] {
    guard case .ended(let outcome) = session.machine.state, outcome != .cancelled else { return [] }
    let runbook = session.bundle.runbook
    var intentions: [Intention] = []
    for variable in runbook.variables where variable.persist {
      guard let handle = session.machine.variables[variable.name],
        session.machine.startingVariable(variable.name) != handle
      else { continue }
      let value = try SealDoor.seal(
        try session.values.text(handle), with: parts.keyring, in: Self.context(runbook.id, variable.name))
      intentions.append(.keepVariable(StoredKeptVariable(runbookID: runbook.id, name: variable.name, value: value)))
    }
    return intentions
  }

  /// What the runs before left, by name.
  func values(
    of runbook: RunbookDocument, clearance: RunClearance
  ) async throws -> [(name: String, value: LabeledText)] {
    guard runbook.variables.contains(where: \.persist) else { return [] }
    let rows = try await parts.store.keptVariables(runbookID: runbook.id)
    return try runbook.variables.filter(\.persist).compactMap { variable in
      guard let row = rows.first(where: { $0.name == variable.name }) else { return nil }
      let text = try SealDoor.open(
        row.value, with: parts.keyring, in: Self.context(runbook.id, variable.name))
      // What is secret goes where the grant lets it go now, and no further than when it was kept, whatever the declaration
      // says of it by now.
      let kept = text.label.isSecret ? text.restricted(to: clearance.ownHosts) : text
      return (variable.name, VariableTaking.labeled(kept, for: variable, hosts: clearance.ownHosts))
    }
  }
}
