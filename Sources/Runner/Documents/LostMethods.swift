import Runbooks
import Storage

/// What an import takes away from runbooks that are not in it: methods of their steps, which the stored integrations have and
/// those of the files have no more. A runbook would stop with the next delivery, which nobody keeps.
struct LostMethods: Sendable {
  private struct Use: Sendable {
    let runbook: String
    let step: String
    let method: String
    let isActive: Bool
  }

  private let uses: [Use]
  /// That the runbooks are still those that were looked at; none where no method is taken away.
  let expectations: [Intention]

  /// - Parameters:
  ///   - read: the documents under the ids that they are saved under.
  ///   - known: the integrations as they are stored.
  init(_ library: DocumentLibrary, read: ReadDocuments, known: [IntegrationDocument]) async throws {
    let removed = Self.removed(by: read, known)
    guard !removed.isEmpty else {
      self.uses = []
      self.expectations = []
      return
    }
    let brought = Set(read.runbooks.map(\.document.id))
    let stored = try await library.readableRunbooks()
    var found: [Use] = []
    for (row, opened) in stored where !brought.contains(row.id) {
      // One that does not open runs nothing.
      guard case .success(let document) = opened else { continue }
      for step in document.steps {
        guard case .method(let call) = step.kind, removed.contains(call.method) else { continue }
        found.append(Use(runbook: row.id, step: step.name, method: call.method.text, isActive: row.isActive))
      }
    }
    self.uses = found
    self.expectations = [
      .expectDocuments(
        .runbook,
        revisions: Dictionary(stored.map { ($0.row.id, $0.row.revision) }, uniquingKeysWith: { first, _ in first }))
    ]
  }

  private static func removed(by read: ReadDocuments, _ known: [IntegrationDocument]) -> Set<MethodReference> {
    var removed: Set<MethodReference> = []
    for integration in read.integrations.map(\.document) {
      for stored in known where stored.id == integration.id {
        for method in stored.methods where integration.method(named: method.name) == nil {
          removed.insert(.named(integration: stored.id, method: method.name))
        }
      }
    }
    return removed
  }

  /// Throws `conflict` with the steps of active runbooks, as the deletion of an integration does.
  func check() throws(ServiceFault) {
    let steps = uses.filter(\.isActive).map { "\($0.runbook)/\($0.step) (\($0.method))" }
    guard steps.isEmpty else {
      throw .conflict(
        "Steps of active runbooks call methods that this would take away: \(MailBook.listed(steps)). Bring a runbook that "
          + "does without them in the same import (`--into RUNBOOK`) or before, keep the methods, or disable the runbooks "
          + "first (`chancery runbook disable RUNBOOK`). Nothing was imported.")
    }
  }

  /// One line for each step of a runbook that is disabled, and cannot be enabled as it is.
  var warnings: [String] {
    uses.filter { !$0.isActive }.map { use in
      "runbook/\(use.runbook): warning: it is disabled, and its step \(use.step) calls \(use.method), which is there no "
        + "more; it cannot run before the step is changed or the method is back"
    }
  }
}
