import Labels
import RunEngine
import Runbooks

/// What a recorded answer that was a file left behind: its bytes are kept in the variables that were set from them, and
/// nowhere else.
struct RecordedFile: Sendable {
  /// Those that read the bytes.
  private var outputs: [RecordedOutput] = []

  /// Reads an event of a run; there is nothing in it where it is not the answer to a method whose answers are files.
  init(_ event: RunEvent, in session: RunSession) {
    guard case .callAnswered(let address, _, _, _, let variables) = event,
      case .method(let step)? = session.bundle.runbook.step(named: address.step)?.kind,
      let method = session.bundle.method(step.method)?.method, method.responseKind == .file
    else { return }
    let bindings = method.outputs + step.outputs
    // Of several outputs with one name the last one set the variable.
    outputs = bindings.filter { binding in
      binding.readsContent && bindings.last(where: { $0.name == binding.name }) == binding
    }.compactMap { RecordedOutput($0, among: variables, in: session) }
  }

  /// The bytes as they came, where a variable holds them so; nil for a method whose answers are no files by now.
  func content(for method: Method) -> LabeledText? {
    guard method.responseKind == .file else { return nil }
    return outputs.first { output in
      guard case .path = output.binding.value, !output.binding.appends else { return false }
      let mappings = output.binding.valueMappings + (output.declared?.valueMappings ?? [])
      return mappings.isEmpty && output.binding.type == nil && output.declared?.type == nil
    }?.value
  }

  /// What the same output set; nil where there was none, or where it or its variable says something else by now.
  func value(of binding: VariableBinding, declared: VariableDeclaration?) -> LabeledText? {
    outputs.first { $0.binding == binding && $0.declared == declared }?.value
  }
}

extension VariableBinding {
  /// Whether it reads the bytes of an answer that is a file.
  var readsContent: Bool {
    value.paths.contains { $0.rootKind == .response && $0.path.steps == [.member("content")] }
  }
}
