/// Settings that documents can hold and this release does not honour. One list, so that a release that
/// learns one removes a line here.
package struct LaterFeature: Hashable, Sendable {
  /// The path of the setting in the document.
  package let part: String
  /// One clause, without a full stop.
  package let clause: String
}

/// Finds them in documents.
package enum LaterFeatures {
  /// Settings without which the runbook would do something else than it says: it cannot be active.
  package static func used(by document: RunbookDocument) -> [LaterFeature] {
    []
  }

  /// Settings that are kept and not honoured, where the runbook itself runs as it says.
  package static func ignored(by document: RunbookDocument) -> [LaterFeature] {
    var found: [LaterFeature] = []
    if document.onFailure.ticketAfter != nil {
      found.append(
        LaterFeature(
          part: "on_failure.ticket_after",
          clause: "a ticket that `ticket_after` asks for waits in the outbox (`chancery outbox`) until there is a desk")
      )
    }
    return found
  }
}
