extension RunbookDocument {
  /// Whether a runbook that starts this one may hand this variable over: it has no value of its own, it is declared as an
  /// input, or callers from outside may set it as well. A constant, a secret or a sealed value is part of what was granted (`GrantedMaterial`):
  /// whoever could put another in its place would use the grant for what nobody looked at.
  package func takes(_ variable: String) -> Bool {
    if start.publicStart?.inputs.contains(where: { $0.name == variable }) ?? false { return true }
    guard let declared = variables.first(where: { $0.name == variable }) else { return true }
    return declared.isInput || declared.initialValue == .none
  }
}
