/// Which variables and parameters of documents are encrypted: what hides their values in older texts too (R19, R22).
package struct SealedMarks: Sendable {
  /// A parameter of a method, by the method's id, as names may change.
  private struct Place: Hashable, Sendable {
    let method: String
    let kind: RowKind
    let key: String
  }

  private var variables: Set<String> = []
  private var rows: Set<Place> = []

  package init() {}

  /// Adds what is encrypted in a runbook, or moved into the key/value store.
  package mutating func add(_ document: RunbookDocument) {
    variables.formUnion(document.variables.filter { $0.encrypt || $0.initialValue.secretReference != nil }.map(\.name))
  }

  /// Adds what is encrypted in an integration, or moved into the key/value store.
  package mutating func add(_ document: IntegrationDocument) {
    for method in document.methods {
      for (kind, list) in method.rowLists {
        rows.formUnion(
          list.filter(\.isSecret).map { Place(method: method.id, kind: kind, key: Self.name($0.key, kind)) })
      }
    }
  }

  /// The document with a marker in the place of each value that is encrypted by these marks.
  package func hiding(_ document: RunbookDocument) -> RunbookDocument {
    var hidden = document
    hidden.variables = document.variables.map { variable in
      guard variables.contains(variable.name), !variable.encrypt else { return variable }
      var marked = variable
      marked.encrypt = true
      if case .json = variable.initialValue { marked.initialValue = .sealed }
      return marked
    }
    return hidden
  }

  /// The document with a marker in the place of each value that is encrypted by these marks.
  package func hiding(_ document: IntegrationDocument) -> IntegrationDocument {
    var hidden = document
    hidden.methods = document.methods.map { method in
      var marked = method
      marked.query = hiding(method.query, .query, of: method.id)
      marked.headers = hiding(method.headers, .header, of: method.id)
      if case .form(let list) = method.body { marked.body = .form(hiding(list, .form, of: method.id)) }
      return marked
    }
    return hidden
  }

  private func hiding(_ list: [Row], _ kind: RowKind, of method: String) -> [Row] {
    list.map { row in
      guard case .template = row.value,
        rows.contains(Place(method: method, kind: kind, key: Self.name(row.key, kind)))
      else { return row }
      var marked = row
      marked.value = .sealed
      return marked
    }
  }

  /// Names of headers are the same in any case (RFC 9110 §5.1).
  private static func name(_ key: String, _ kind: RowKind) -> String { kind == .header ? key.lowercased() : key }
}

extension Row {
  fileprivate var isSecret: Bool { if case .secret = value { true } else { encrypt } }
}

extension Method {
  fileprivate var rowLists: [(RowKind, [Row])] {
    var lists = [(RowKind.query, query), (.header, headers)]
    if case .form(let rows) = body { lists.append((.form, rows)) }
    return lists
  }
}
