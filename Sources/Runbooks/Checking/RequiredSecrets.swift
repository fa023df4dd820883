package import NamedKeys

/// What must be entered before documents can run: for `check --missing` and after an import.
package enum RequiredSecrets {
  /// The sealed values of an integration, its own credential first, then rows in order.
  package static func of(_ document: IntegrationDocument) -> [SealedSlot] {
    var slots: [SealedSlot] = []
    for credential in document.credentials where credential.source == .entered {
      slots.append(.integrationCredential(integration: document.id, field: credential.field))
    }
    for method in document.methods {
      for (kind, row) in method.rows where row.encrypt {
        slots.append(.row(integration: document.id, method: method.name, kind: kind, name: row.key))
      }
    }
    return slots
  }

  /// The sealed values of a runbook: the credentials of its endpoint, then variables in order. A sealed
  /// variable that an input or an output sets need not be entered.
  package static func of(_ document: RunbookDocument, method: (MethodReference) -> Method?) -> [SealedSlot] {
    var slots: [SealedSlot] = []
    for credential in document.start.publicStart?.credentials ?? [] where credential.source == .entered {
      slots.append(.startCredential(runbook: document.id, name: credential.name))
    }
    var set = Set((document.start.publicStart?.inputs ?? []).map(\.name))
    for step in document.steps {
      set.formUnion(step.outputs.filter { !$0.appends }.map(\.name))
      guard case .method(let call) = step.kind else { continue }
      set.formUnion((method(call.method)?.outputs ?? []).filter { !$0.appends }.map(\.name))
    }
    for variable in document.variables where variable.initialValue == .sealed && !set.contains(variable.name) {
      slots.append(.variable(runbook: document.id, name: variable.name))
    }
    return slots
  }
}

extension IntegrationDocument {
  /// Fields of the key/value store that it reads, sorted, each once.
  package var secretReferences: [SecretReference] {
    var found = authorizingReferences
    for method in methods { found += method.secretReferences }
    return Set(found).sorted()
  }
}

extension IntegrationDocument {
  /// What it has named keys do, sorted, each once.
  package var keyUses: [KeyUse] { Set(methods.flatMap { $0.keyUses(under: self) }).sorted() }
}

extension Method {
  /// Fields of the key/value store that its rows and its signature read, sorted, each once.
  package var secretReferences: [SecretReference] {
    let rows = rows.compactMap { if case .secret(let reference) = $0.row.value { reference } else { nil } }
    return Set(rows + (signing?.secretReferences ?? [])).sorted()
  }
}

extension RunbookDocument {
  /// Fields of the key/value store that the document itself reads, sorted, each once; those of its methods
  /// are the integrations'.
  package var secretReferences: [SecretReference] {
    let start = (start.publicStart?.credentials ?? []).compactMap(\.source.secretReference)
    let failure = [onFailure.webhook?.key].compactMap { $0 }
    return Set(start + failure + variables.compactMap(\.initialValue.secretReference)).sorted()
  }

  /// What the document itself has named keys do, sorted, each once; the uses of its methods are the integrations'.
  package var keyUses: [KeyUse] {
    let start = (start.publicStart?.credentials ?? []).compactMap(\.source.namedKey)
    let steps = steps.compactMap { if case .key(let key) = $0.kind { key.keyUse } else { nil } }
    return Set(start.map { KeyUse($0.name, .verify) } + steps).sorted()
  }
}
