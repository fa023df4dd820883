import Encodings
import Labels
package import Ledger
package import RunEngine
import Runbooks
import Storage

/// Makes the statement of a finished run that is signed as its receipt. It holds names of documents and commitments to
/// values; nothing of a value.
package struct ReceiptWriting: Sendable {
  private let parts: ServiceParts
  private let library: DocumentLibrary

  package init(library: DocumentLibrary) {
    self.parts = library.parts
    self.library = library
  }

  /// Nil where there is no such run. Throws `ServiceFault.conflict` for one that has not ended, and for a dry run: its
  /// answers are whoever started it gave, and a receipt of it would vouch for them.
  package func statement(of id: RunID) async throws -> RunReceipt.Statement? {
    guard let row = try await parts.store.run(id) else { return nil }
    let endedAt = try Self.end(of: row)
    var session = try await RunLoading(parts: parts, library: library).session(of: row)
    try await session.learnGranted(parts: parts)
    let view = session.registry.view()
    var events: [RunReceipt.Event] = []
    for event in session.history { events.append(try self.event(event, events.count + 1, session, view)) }
    return RunReceipt.Statement(
      run: row.id.text, runbook: Self.name(row.runbookID, view), documents: row.bundle.hex,
      trigger: row.trigger.rawValue, retryOf: row.retryOf?.text, createdAt: row.createdAt, startedAt: row.startedAt,
      endedAt: endedAt, outcome: row.state.rawValue, reason: row.failureWord, events: events)
  }

  /// When a run ended that has a receipt. Throws `ServiceFault.conflict` for a run without one.
  static func end(of row: StoredRun) throws(ServiceFault) -> Instant {
    guard !row.isDry else {
      throw .conflict(
        "The run was a dry run: nothing was sent and its answers were made up, so there is no receipt of it.")
    }
    guard row.state.isFinished, let endedAt = row.endedAt else {
      throw .conflict("The run has not ended; a receipt states what a run did, to its end.")
    }
    return endedAt
  }

  private func event(
    _ event: RunEvent, _ sequence: Int, _ session: RunSession, _ view: DisclosureView
  ) throws -> RunReceipt.Event {
    var line = RunReceipt.Event(kind: RunHistory.kind(of: event), at: event.instant)
    if let address = event.address { line.take(address, named: Self.name(address.step, view)) }
    line.reason = event.reason?.word
    line.status = event.response?.status
    if case .conditionDecided(_, _, let met) = event { line.met = met }
    for value in Self.values(of: event, view) {
      let commitment = try ValueCommitment(
        to: try session.values.text(value.handle), event: sequence, name: value.name, run: session.row.id.text,
        key: session.key)
      line.values.append(RunReceipt.Value(name: value.shown, commitment: commitment.bytes))
    }
    return line
  }

  /// The values of an event with the names that the receipt gives them. Names that look alike once they can be shown are
  /// told apart by a number: none stands twice.
  static func values(
    of event: RunEvent, _ view: DisclosureView
  ) -> [(shown: String, name: String, handle: ValueHandle)] {
    var taken: Set<String> = []
    return event.values.sorted(by: { $0.name < $1.name }).map { name, handle in
      let plain = Self.name(name, view)
      var shown = plain
      var number = 2
      while !taken.insert(shown).inserted {
        shown = "\(plain)#\(number)"
        number += 1
      }
      return (shown, name, handle)
    }
  }

  /// Names of documents can hold anything, so they are searched as every text is.
  static func name(_ text: String, _ view: DisclosureView) -> String {
    DiscloseDoor.viewerText(LabeledText(clear: PublicName(documentName: text).text), view: view).text
  }
}

extension RunReceipt.Event {
  fileprivate mutating func take(_ address: EffectAddress, named name: String) {
    step = name
    visit = address.visit
    attempt = address.attempt
  }
}
