import RunEngine
import Runbooks

extension DryRun {
  /// Holds answers that are given against the steps that they are for: those of the runbook and of all that it starts.
  /// Gives what is wrong with them, in a sentence with names of documents only; nil where nothing is.
  package func fault(in answers: RehearsedAnswers, for bundle: LoadedBundle) async throws -> String? {
    guard !answers.inOrder.isEmpty else { return nil }
    let forms = try await forms(of: bundle.runbook)
    for (index, answer) in answers.inOrder.enumerated() {
      guard let step = Self.step(of: answer.key, among: forms) else {
        let takers = forms.filter { !$0.value.isEmpty }.keys.sorted()
        let named = takers.prefix(Self.mostNamed).map { "`\($0)`" }.joined(separator: ", ")
        return "Answer \(index + 1) is for a step that is neither in the runbook nor in one that it starts. "
          + (takers.isEmpty
            ? "No step of theirs takes an answer."
            : "Answers are taken by \(named)\(takers.count > Self.mostNamed ? " and others" : ""); `/2` behind a name "
              + "is its second visit.")
      }
      guard let taken = forms[step], let first = taken.first else {
        return "The step `\(step)` takes no answer: calls, statements and steps of keys do."
      }
      // Several runbooks may have a step of the name: the answer is for those that it fits.
      guard taken.contains(where: { $0.fits(answer.given) }) else { return "The step `\(step)` \(first.sentence)" }
    }
    return nil
  }

  private static let mostNamed = 20

  /// The step that a key names: by its whole name, else before the number of a visit.
  private static func step(of key: String, among forms: [String: [GivenForm]]) -> String? {
    if forms[key] != nil { return key }
    guard let slash = key.lastIndex(of: "/"), let visit = Int(key[key.index(after: slash)...]), visit > 0 else {
      return nil
    }
    let name = String(key[..<slash])
    return forms[name] == nil ? nil : name
  }

  /// What the steps of a runbook, and of those that it starts, take, by their names; nothing for one that asks for nothing.
  private func forms(of runbook: RunbookDocument) async throws -> [String: [GivenForm]] {
    var forms: [String: [GivenForm]] = [:]
    var seen: Set<String> = [runbook.id]
    var open = [runbook]
    while let next = open.popLast() {
      for step in next.steps {
        forms[step.name, default: []] += [GivenForm(of: step.kind)].compactMap { $0 }
        guard case .startRunbook(let start) = step.kind, seen.insert(start.runbook).inserted,
          let (_, document) = try await runner.library.runbook(start.runbook)
        else { continue }
        open.append(document)
      }
    }
    return forms
  }
}
