import Access
import Encodings
import Ledger
import RunEngine
import Storage

/// How the service's acts are written into the ledger: who, what, outcome; names, counts and commitments.
enum LedgerWords {
  /// One entry for each event of a run: the envelope's hash stands for its values.
  static func run(_ id: RunID, _ events: [(event: RunEvent, stored: StoredEvent)]) -> [LedgerDraft] {
    events.map { pair in
      LedgerDraft(
        kind: .runEvent, actor: .run(id.text), action: RunHistory.kind(of: pair.event), subject: subject(pair.event),
        outcome: outcome(pair.event), commitment: pair.stored.event.digest)
    }
  }

  private static func subject(_ event: RunEvent) -> String {
    event.address.map { "\($0.step)/\($0.visit)/\($0.attempt)" } ?? ""
  }

  private static func outcome(_ event: RunEvent) -> String {
    if let reason = event.reason { return reason.word }
    if let run = event.otherRun { return "run \(run.text)" }
    if let login = event.login { return "login \(login)" }
    return event.response.map { "status \($0.status)" } ?? "ok"
  }
}
