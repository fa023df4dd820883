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
    switch event {
    case .conditionDecided(let address, _, _), .callIntended(let address, _), .callAnswered(let address, _, _, _, _),
      .callFailed(let address, _, _, _, _), .conditionFailed(let address, _, _), .waitElapsed(let address, _):
      "\(address.step)/\(address.visit)/\(address.attempt)"
    case .started, .startFailed, .restarted, .cancelled: ""
    }
  }

  private static func outcome(_ event: RunEvent) -> String {
    switch event {
    case .callFailed(_, _, let reason, _, _), .conditionFailed(_, _, let reason), .startFailed(_, let reason):
      reason.word
    case .callAnswered(_, _, _, let response, _): "status \(response.status)"
    case .started, .conditionDecided, .callIntended, .waitElapsed, .restarted, .cancelled: "ok"
    }
  }
}
