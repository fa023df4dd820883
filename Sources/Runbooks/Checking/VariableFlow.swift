/// Where the value of a variable can go, by what a runbook says: which of its methods are sent it, by itself or inside
/// another variable that is made from it.
package enum VariableFlow {
  /// The methods that may send the variable's value, each once, in the order of the steps. An encrypted row may be a
  /// template that only the service can read, so a method with one may send any variable.
  package static func methods(
    sending variable: String, in document: RunbookDocument, method: (MethodReference) -> Method?
  ) -> [MethodReference] {
    let carriers = carriers(of: variable, in: document, method: method)
    var found: [MethodReference] = []
    for step in document.steps {
      guard case .method(let call) = step.kind, !found.contains(call.method), let method = method(call.method) else {
        continue
      }
      let names = method.placeholders.map(\.placeholder.path)
      if method.rows.contains(where: { $0.row.encrypt }) || names.contains(where: { $0.names(oneOf: carriers) }) {
        found.append(call.method)
      }
    }
    return found
  }

  /// The data sources that are sent the variable's value, each once.
  package static func sources(
    sending variable: String, in document: RunbookDocument, method: (MethodReference) -> Method?
  ) -> Set<String> {
    let carriers = carriers(of: variable, in: document, method: method)
    return Set(
      document.steps.compactMap { step in
        guard case .sql(let sql) = step.kind,
          sql.query.placeholders.contains(where: { $0.path.names(oneOf: carriers) })
        else { return nil }
        return sql.source
      })
  }

  /// The variable and every other one that takes a part of its value, over any number of steps.
  private static func carriers(
    of variable: String, in document: RunbookDocument, method: (MethodReference) -> Method?
  ) -> Set<String> {
    var bindings = document.variables.compactMap { variable in
      variable.from.map { VariableBinding(name: variable.name, value: $0) }
    }
    bindings += document.start.publicStart?.inputs ?? []
    for step in document.steps {
      bindings += step.outputs
      switch step.kind {
      case .method(let call): bindings += method(call.method)?.outputs ?? []
      // Its outputs are parts of the array.
      case .iterate(let iteration):
        bindings += iteration.outputs.map { VariableBinding(name: $0.name, value: .path(iteration.items)) }
      // The database sees the parameters, and can give them back.
      case .sql(let sql):
        bindings += sql.outputs.flatMap { output in
          sql.query.placeholders.map { VariableBinding(name: output.name, value: .path($0.path)) }
        }
      // So are those of a key, as far as anybody can tell who has not the key.
      case .key(let key):
        for output in key.outputs {
          bindings += key.reads.map { VariableBinding(name: output.name, value: .path($0.path)) }
        }
      case .condition, .next, .sleep, .startRunbook, .end, .unsupported: break
      }
    }
    var carriers: Set<String> = [variable]
    var grew = true
    while grew {
      grew = false
      for binding in bindings where !carriers.contains(binding.name) {
        if binding.paths.contains(where: { $0.names(oneOf: carriers) }) {
          carriers.insert(binding.name)
          grew = true
        }
      }
    }
    return carriers
  }
}

extension VariablePath {
  fileprivate func names(oneOf variables: Set<String>) -> Bool {
    if case .variable(let name) = rootKind { variables.contains(name) } else { false }
  }
}
