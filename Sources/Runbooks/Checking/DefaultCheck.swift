package import Labels

/// Holds what variables begin with against what they declare (runbooks.md §2), where it is known: as it stands in the
/// document, and as it is about to be sealed. The value itself is never shown.
enum DefaultCheck {
  static func check(
    _ document: RunbookDocument, sealing sealed: [SealAtImport], report: (DocumentCheck.Finding) -> Void
  ) {
    for variable in document.variables where variable.type != nil {
      do throws(ValueFault) {
        if case .json(let text) = variable.initialValue { _ = try variable.settled(default: text) }
        for item in sealed where item.slot == .variable(runbook: document.id, name: variable.name) {
          try variable.checkEntered(item.value)
        }
      } catch {
        report(
          .error(
            .badValue, "variables.\(variable.name).default",
            "the default of \(ShownName.of(variable.name)) does not convert to its type: \(error.message)",
            remedy: "change the default or `type`, or leave `default` out"))
      }
    }
  }
}

extension VariableDeclaration {
  /// Refuses a value that is about to be sealed for the variable where it is none of its type. Throws `notConvertible`.
  package func checkEntered(_ value: [UInt8]) throws(ValueFault) {
    _ = try settled(LabeledText(text: value, label: .clear))
  }
}
