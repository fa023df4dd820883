import Labels
import RunEngine
import Runbooks

/// An output of a recorded step, as the documents of then had it, and what it set: all that is kept of what no log keeps.
struct RecordedOutput: Sendable {
  let binding: VariableBinding
  let declared: VariableDeclaration?
  let value: LabeledText

  /// Nil where the output set nothing, or what it set cannot be read.
  init?(_ binding: VariableBinding, among variables: [String: ValueHandle], in session: RunSession) {
    guard let value = variables[binding.name].flatMap({ try? session.values.text($0) }) else { return nil }
    self.binding = binding
    declared = session.bundle.runbook.variable(named: binding.name)
    self.value = value
  }
}
