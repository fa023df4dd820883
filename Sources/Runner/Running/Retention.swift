package import Encodings
import Storage

/// Deletes runs by age. Each runbook's own days hold, as its document says them; those of the service hold for all, also where
/// a runbook says more.
package struct Retention: Sendable {
  private static let millisecondsOfDay: Int64 = 86_400_000

  private let runner: Runner

  package init(runner: Runner) { self.runner = runner }

  /// Deletes and shreds what is too old at a time that is believed. What cannot be deleted now is old the next time too.
  ///
  /// - Parameters:
  ///   - days: those of the service; nil where it sets none.
  ///   - methods: those whose lines in the log of calls outlive the runs.
  package func pass(at now: Instant, days: Int?, keepingCallsOf methods: [String] = []) async {
    for (runbook, days) in await daysByRunbook() {
      let cutoff = Self.cutoff(now, days)
      while (try? await runner.deleteRuns(of: runbook, endedBefore: cutoff, keepingCallsOf: methods)) == true {}
    }
    guard let days else { return }
    let cutoff = Self.cutoff(now, days)
    while (try? await runner.deleteRuns(endedBefore: cutoff, keepingCallsOf: methods)) == true {}
  }

  private static func cutoff(_ now: Instant, _ days: Int) -> Instant {
    now.advanced(byMilliseconds: -Int64(days) * millisecondsOfDay)
  }

  /// Of a runbook that was deleted, the days that the document of its newest run says. One that cannot be read keeps its
  /// runs.
  private func daysByRunbook() async -> [(runbook: String, days: Int)] {
    let library = runner.library
    guard let documents = try? await library.readableRunbooks() else { return [] }
    var result: [(runbook: String, days: Int)] = []
    for (row, document) in documents {
      if case .success(let document) = document { result.append((row.id, document.retentionDays)) }
    }
    let known = Set(documents.map(\.row.id))
    for runbook in (try? await runner.parts.store.runbooksOfRuns()) ?? [] where !known.contains(runbook) {
      guard let newest = try? await runner.parts.store.runs(RunQuery(runbookID: runbook, limit: 1)).first,
        let bundle = try? await library.bundle(newest.bundle)
      else { continue }
      result.append((runbook, bundle.runbook.retentionDays))
    }
    return result
  }
}
