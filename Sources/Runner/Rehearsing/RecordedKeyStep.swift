import Labels
import RunEngine
import Runbooks

/// What the outputs of a key's step set in a recorded run: no log keeps what the key made.
struct RecordedKeyStep: Sendable {
  private var outputs: [RecordedOutput] = []

  /// Reads an event of a run; there is nothing in it where it is not a key's step that was done.
  init(_ event: RunEvent, in session: RunSession) {
    guard case .performed(let address, _, let variables) = event,
      case .key(let step)? = session.bundle.runbook.step(named: address.step)?.kind
    else { return }
    outputs = step.outputs.compactMap { RecordedOutput($0, among: variables, in: session) }
  }

  /// What these outputs set: one that reads what the key made has what the same output set, any other is taken anew.
  ///
  /// Throws `pathMissing` where an output, or its variable, says something else by now.
  func take(
    _ bindings: [VariableBinding], declared: [VariableDeclaration], hosts: HostClearance, in scope: RunScope
  ) throws(ValueFault) -> [(name: String, value: LabeledText)] {
    var scope = scope
    var result: [(name: String, value: LabeledText)] = []
    for binding in bindings {
      let taken: [(name: String, value: LabeledText)]
      if binding.readsResponse {
        let declaration = declared.first { $0.name == binding.name }
        taken = [(name: binding.name, value: try kept(binding, declared: declaration))]
      } else {
        taken = try VariableTaking.take([binding], declared: declared, hosts: hosts, in: scope)
      }
      for (name, value) in taken { scope.taken[name] = value }
      result += taken
    }
    return result
  }

  private func kept(
    _ binding: VariableBinding, declared: VariableDeclaration?
  ) throws(ValueFault) -> LabeledText {
    guard let output = outputs.first(where: { $0.binding == binding && $0.declared == declared }) else {
      throw .pathMissing(
        path: "response (no log keeps what a key made, and `\(binding.name)` is taken otherwise by now)",
        available: nil)
    }
    return output.value
  }
}

extension VariableBinding {
  /// Whether it reads an answer, or a part of it.
  fileprivate var readsResponse: Bool { value.paths.contains { $0.rootKind == .response } }
}
