import RunEngine
package import Storage

/// What disabled a runbook, as far as the row of its failed runs tells.
extension DocumentLibrary {
  /// Failed runs in a row of a runbook that is disabled, where `disable_after` was reached by them; nil where it is active or
  /// somebody disabled it. To enable the runbook ends the row.
  package func failuresThatDisabled(_ row: StoredDocument) async throws -> Int? {
    guard row.kind == .runbook, !row.isActive else { return nil }
    let streak = try await parts.store.failureStreak(runbookID: row.id)
    return streak.done.contains(.disable) ? streak.failures : nil
  }

  /// The refusal of a start, with what disabled the runbook, where that is known, and what helps.
  package func refusalOfDisabled(_ row: StoredDocument) async throws -> ServiceFault {
    let failures = try await failuresThatDisabled(row)
    let reason = failures.map { " after \(Self.failedRuns($0)) (`disable_after`)" } ?? ""
    return .conflict("The runbook `\(row.name)` is disabled\(reason); `chancery runbook enable \(row.id)` enables it.")
  }

  static func failedRuns(_ count: Int) -> String { count == 1 ? "a failed run" : "\(count) failed runs in a row" }
}
