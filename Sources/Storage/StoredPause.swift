package import Encodings

/// That a runbook is paused: its runs wait, those under way at their next step. In clear on disk.
package struct StoredPause: Equatable, Sendable {
  package var runbookID: String
  package var at: Instant
  /// The entity that paused it.
  package var pausedBy: String

  package init(runbookID: String, at: Instant, pausedBy: String) {
    self.runbookID = runbookID
    self.at = at
    self.pausedBy = pausedBy
  }
}
