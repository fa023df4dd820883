/// Holds the runbooks that steps start against those that there are.
enum StartStepCheck {
  /// A warning only, as for a method that is not here: the runbook may come later, and until then the step fails.
  ///
  /// - Parameters:
  ///   - read: ids and names of the runbooks in the files.
  ///   - stored: those of the service; nil where there is none to ask.
  static func check(
    _ document: RunbookDocument, read: Set<String>, stored: Set<String>?, report: (DocumentCheck.Finding) -> Void
  ) {
    for step in document.steps {
      guard case .startRunbook(let start) = step.kind, !read.contains(start.runbook),
        stored?.contains(start.runbook) != true
      else { continue }
      let shown = ShownName.of(start.runbook)
      let part = "steps.\(step.name).start_runbook"
      guard let stored else {
        report(
          .warning(
            .unknownName, part, "the runbook \(shown) is not in these files; the import looks for it in the store"))
        continue
      }
      let nearest = NearestName.of(start.runbook, among: (stored.union(read)).sorted())
      report(
        .warning(
          .unknownName, part,
          "there is no runbook \(shown): step \(ShownName.of(step.name)) fails until there is one",
          remedy: nearest.map { "did you mean `\($0)`?" }))
    }
  }
}
