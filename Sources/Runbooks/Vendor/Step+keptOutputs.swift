import SourceText

extension Step {
  /// The variables that a step would set which cannot run in this release: its rows are kept as they came.
  var keptOutputNames: [String] {
    guard case .unsupported = kind else { return [] }
    return ["output_variables", "runbook_variable_mappings"].flatMap { key in
      let rows = vendor[key].flatMap { StoredDocument.node(Array($0.utf8)) }?.sequence ?? []
      return rows.compactMap { $0["key"]?.string }
    }
  }
}
