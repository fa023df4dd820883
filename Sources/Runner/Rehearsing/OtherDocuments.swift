import Access
import RunEngine
import Runbooks
import Storage

/// A recorded run that is held against other documents than those it was made with: each edit asks another question
/// about what is recorded, and an old version knows nothing of what was added since. Both are for whoever may grant.
enum OtherDocuments {
  /// Refuses whoever may not grant where the documents of `run` are not the runbook's present ones.
  ///
  /// - Parameters:
  ///   - present: the bundle of now; nil where none can be made, which is another one in any case.
  ///   - also: the proof that the caller may do something else as well, by capability and path.
  ///
  /// Throws `ServiceFault.denied`.
  static func check(
    _ run: StoredRun, present: LoadedBundle?, also: (Capability, String) -> Authorization?
  ) throws(ServiceFault) {
    if let present, present.id == run.bundle { return }
    let path = "api/runbooks/\(run.runbookID)/grants"
    guard also(.grant, path) != nil else {
      throw .denied(
        "The runbook, or an integration that it calls, was changed since this run. Using what the run recorded under "
          + "changed documents needs the capability grant on `\(path)`.")
    }
  }

  /// The same of runbooks that `runbook` starts, and those that they start: what a run recorded is handed to them. They
  /// are as they are now, so each of them that was saved since the run began is for whoever may grant to it.
  static func checkStarted(
    by runbook: RunbookDocument, since run: StoredRun, library: DocumentLibrary,
    also: (Capability, String) -> Authorization?
  ) async throws {
    var seen: Set<String> = [runbook.id]
    var next = started(by: runbook)
    while let id = next.popLast() {
      guard seen.insert(id).inserted, let (row, document) = try await library.runbook(id) else { continue }
      var isChanged = row.updatedAt >= run.createdAt
      for step in document.steps {
        guard case .method(let call) = step.kind, case .named(let integration, _) = call.method else { continue }
        let called = try await library.integration(integration)?.row.updatedAt
        if let called, called >= run.createdAt { isChanged = true }
      }
      let path = "api/runbooks/\(row.id)/grants"
      guard !isChanged || also(.grant, path) != nil else {
        throw ServiceFault.denied(
          "The runbook `\(row.name)`, which this one starts, or an integration that it calls, was changed since this run. "
            + "Handing what the run recorded to it needs the capability grant on `\(path)`.")
      }
      next += started(by: document)
    }
  }

  private static func started(by runbook: RunbookDocument) -> [String] {
    runbook.steps.compactMap { if case .startRunbook(let start) = $0.kind { start.runbook } else { nil } }
  }

  /// The step of old documents that would pass an approval by which the present ones ask for: it calls a method, or sends
  /// to a data source, with fewer answers asked for, or with others who may give them, than a present step that does. A
  /// present step of the same name decides, else the strictest of the method's or of the source's.
  static func stepWithoutApproval(_ old: RunbookDocument, present: RunbookDocument) -> String? {
    for step in old.steps {
      guard let target = Target(step.kind) else { continue }
      var asked: [ApprovalSettings] = []
      var own: StepKind?
      for other in present.steps where Target(other.kind) == target {
        if other.name == step.name { own = other.kind }
        if let approval = other.kind.approval { asked.append(approval) }
      }
      if let own { asked = own.approval.map { [$0] } ?? [] }
      if asked.contains(where: { !isAsked($0, by: step.kind.approval) }) { return step.name }
    }
    return nil
  }

  /// What a step sends to.
  private enum Target: Equatable {
    case method(MethodReference)
    case source(String)

    init?(_ kind: StepKind) {
      switch kind {
      case .method(let call): self = .method(call.method)
      case .sql(let sql): self = .source(sql.source)
      case .condition, .iterate, .next, .sleep, .startRunbook, .key, .end, .unsupported: return nil
      }
    }
  }

  private static func isAsked(_ present: ApprovalSettings, by old: ApprovalSettings?) -> Bool {
    guard let old, old.required >= present.required else { return false }
    return present.from.isEmpty || (!old.from.isEmpty && Set(old.from).isSubset(of: present.from))
  }
}
