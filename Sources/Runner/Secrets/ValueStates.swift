import Destinations
package import Runbooks
import Storage

/// Whether write-only values are there, without the values.
package struct ValueStates: Sendable {
  package enum State: Equatable, Sendable {
    case missing
    case entered
    /// The method's URL is another than the one the value was entered for.
    case urlChanged(from: String, to: String)
  }

  private let inventory: SealedInventory
  private let rules: EgressRules

  init(inventory: SealedInventory, rules: EgressRules) {
    self.inventory = inventory
    self.rules = rules
  }

  /// The command that enters the value.
  package func command(of slot: SealedSlot) -> String { slot.command(shared: inventory.sharedNames) }

  package func state(of slot: SealedSlot) -> State {
    guard let place = inventory.place(of: slot), let row = inventory.rows[place] else { return .missing }
    if case .row(let id, let name, _, _) = slot, let integration = inventory.integrations[id],
      let method = integration.method(named: name),
      let template = try? RequestBuilding.urlTemplate(method, of: integration, rules: rules)
    {
      let now = RequestBuilding.binding(method, of: integration, template: template)
      if now != row.boundTo || row.value == nil { return .urlChanged(from: row.boundTo, to: now) }
    }
    if case .integrationCredential(let id, _) = slot, let integration = inventory.integrations[id],
      !SealedValues.isBound(row, to: integration)
    {
      return .urlChanged(from: row.boundTo, to: "other trusted roots")
    }
    return .entered
  }
}
