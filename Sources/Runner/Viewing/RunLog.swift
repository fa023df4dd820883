import Encodings
import Keyring
import Labels
package import RunEngine
import Runbooks
import Storage

/// A run's log as a viewer may see it: one JSON object a line, every secret masked or removed with the
/// reason. Masks are computed at each reading, with all that is known by then.
package struct RunLog: Sendable {
  private let parts: ServiceParts
  private let library: DocumentLibrary

  package init(library: DocumentLibrary) {
    self.parts = library.parts
    self.library = library
  }

  private static let mostRetriesShown = 20

  /// The lines of a run with a sequence above `after`, as the run stands now. Nil where there is no such run.
  package func reading(of id: RunID, after: Int) async throws -> LogReading? {
    guard let row = try await parts.store.run(id) else { return nil }
    // Nothing to say: nothing is opened for it.
    if !row.state.isFinished, try await parts.store.newestEvent(of: id) <= after {
      return LogReading(of: row, log: self, after: after)
    }
    let place = parts.logs.place()
    let content = try await open(row, in: place)
    var retries: [RunID] = []
    if row.state.isFinished {
      var repetitions = RunQuery(limit: Self.mostRetriesShown)
      repetitions.retryOf = id
      retries = try await parts.store.runs(repetitions).map(\.id).reversed()
    }
    return LogReading(
      of: row, log: self, after: after, events: content.session.history.count, retries: retries, place: place)
  }

  /// What a reading is made from, read again where it is gone. Throws where the history is not there any more.
  func content(of id: RunID, in place: OpenLogs.Place, events: Int) async throws -> OpenLogs.Content {
    // One that was deleted meanwhile is told no further, whatever was opened of it.
    guard let row = try await parts.store.run(id) else {
      place.clear()
      throw RunFault.rows
    }
    if let content = place.content { return content }
    let content = try await open(row, in: place)
    guard content.session.history.count >= events else { throw RunFault.history(sequence: events) }
    return content
  }

  private func open(_ row: StoredRun, in place: OpenLogs.Place) async throws -> OpenLogs.Content {
    let (session, view) = try await opened(row)
    let content = OpenLogs.Content(session: session, view: view)
    place.keep(content)
    // A seal that came meanwhile has forgotten what was open before this.
    guard !parts.isSealed else {
      place.clear()
      throw KeyringError.sealed
    }
    return content
  }

  /// The tree of a run as it stands now, told piece by piece. Nil where there is no such run.
  package func tree(of id: RunID) async throws -> TreeReading? {
    guard let row = try await parts.store.run(id) else { return nil }
    let place = parts.logs.place()
    return TreeReading(of: id, log: self, content: try await open(row, in: place), place: place, now: parts.clock.now())
  }

  /// How a run that has not ended stands now, as a line that is no part of its history: what it waits for, and whether it
  /// takes longer than it should. Nil where there is nothing to say, or no such run, or it has ended.
  ///
  /// - Parameters:
  ///   - last: the sequence of the last line of its history; the line has the same.
  ///   - again: milliseconds until a follower is to look again who cannot be told of news; nil for all others. There is always
  ///     a line for him.
  package func present(of id: RunID, last: Int, again: Int? = nil) async throws -> [UInt8]? {
    guard let row = try await parts.store.run(id), !row.state.isFinished else { return nil }
    let now = parts.clock.now()
    let isLong = Self.isLong(row, now: now)
    guard isLong || row.waiting != nil || again != nil else { return nil }
    var writer = LogLine(sequence: max(1, last), at: now, run: id, event: "present")
    writer.field("state", Disclosed(PublicName(documentName: row.state.rawValue)))
    if let waiting = row.waiting {
      writer.field("waiting", Disclosed(PublicName(documentName: waiting.reason.rawValue)))
      writer.field("until", Disclosed(PublicName(documentName: waiting.until.rfc3339)))
    }
    if isLong { writer.field("warning", Disclosed(PublicName(documentName: RunFigures.warning))) }
    if let again { writer.field("again_ms", again) }
    return writer.finish()
  }

  /// Whether the run takes so long that people are warned: while it still runs, too (R17).
  static func isLong(_ row: StoredRun, now: Instant) -> Bool {
    guard let startedAt = row.startedAt else { return false }
    return (row.endedAt ?? now).milliseconds(since: startedAt) > RunFigures.warningMilliseconds
  }

  private func opened(_ row: StoredRun) async throws -> (RunSession, DisclosureView) {
    var session = try await RunLoading(parts: parts, library: library).session(of: row)
    try await session.learnGranted(parts: parts)
    return (session, session.registry.view())
  }
}

extension RunSession {
  /// What was waited for where the event ends a wait within a step; nil for others.
  func waitedFor(_ event: RunEvent) -> RunWait.Reason? {
    guard case .waitElapsed(let address, _) = event else { return nil }
    if machine.isSleeping(in: address.step) { return .sleep }
    // The question is asked before the first attempt only.
    return address.attempt > 1 ? .retry : .approval
  }

  /// Stored versions of one secret that are looked for at most, the newest first.
  static let mostVersions = 100

  /// Secrets that the runbook may read, or might once, are looked for too, whether this run read them or not: in all their
  /// versions, so that nothing is shown because it was replaced, or its grant or the runbook was taken away.
  ///
  /// - Parameter versions: those of each secret that are looked for at most, the newest first.
  mutating func learnGranted(parts: ServiceParts, versions: Int = Self.mostVersions) async throws {
    let runbookID = bundle.runbook.id
    var paths = Set(try await parts.store.grants(runbookID: runbookID).map(\.secretPath))
    paths.formUnion(try await parts.store.pastGrants(runbookID: runbookID))
    let shelf = SecretShelf(parts: parts)
    for path in paths.sorted() where path != RunClearance.ownMethods {
      for stored in try await parts.store.secretVersions(path: path, limit: versions) {
        registry.learn(try shelf.open(stored).value)
      }
    }
    let sealed = SealedValues(keyring: parts.keyring, rules: parts.rules)
    for integration in bundle.allIntegrations {
      for row in try await parts.store.sealedRows(owner: SealedOwner.integration(integration.id)) {
        registry.learn(try sealed.openCredential(row, integrationID: integration.id))
      }
      if let row = try await parts.store.integrationToken(integration.id) {
        let token = try SealDoor.openToken(row.record, with: parts.keyring, in: TokenSource.context(row))
        registry.learn(token.access)
        if let refresh = token.refresh { registry.learn(refresh) }
      }
    }
    let parameters = BoundParameters(parts.keyring)
    for (integration, method) in bundle.calledMethods where method.rows.contains(where: { $0.row.encrypt }) {
      guard let template = try? RequestBuilding.urlTemplate(method, of: integration, rules: parts.rules) else {
        continue
      }
      for row in try await parts.store.sealedRows(owner: SealedOwner.method(method.id)) {
        guard let kind = ParameterKind(rawValue: row.place.kind.rawValue) else { continue }
        let place = ParameterPlace(
          methodID: method.id, kind: kind, name: row.place.name, httpMethod: method.httpMethod.rawValue,
          trust: integration.trustSettings, generation: row.generation)
        guard let value = row.value else { continue }
        registry.learn(BoundParameter(place: place, envelope: value), template: template, with: parameters)
      }
    }
    for row in try await parts.store.sealedRows(owner: SealedOwner.runbook(bundle.runbook.id))
    where row.place.kind == .variable {
      registry.learn(try sealed.openVariable(row, runbookID: bundle.runbook.id))
    }
  }
}

/// Writes one event as one line. It takes `Disclosed` text only.
struct LineRendering {
  private let session: RunSession
  private let view: DisclosureView

  init(_ content: OpenLogs.Content) {
    session = content.session
    view = content.view
  }

  /// The line of an event, by its sequence from 1.
  func line(numbered sequence: Int) -> [UInt8] { line(session.history[sequence - 1], sequence: sequence) }

  private func line(_ event: RunEvent, sequence: Int) -> [UInt8] {
    var writer = LogLine(sequence: sequence, at: event.instant, run: session.id, event: RunHistory.kind(of: event))
    switch event {
    case .admitted, .started:
      started(event.roots, event.variables, to: &writer)
      return writer.finish()
    default: break
    }
    if let address = event.address { writer.address(address, title: title(address.step)) }
    if case .conditionDecided(_, _, let met) = event { writer.field("met", met) }
    if let wait = session.waitedFor(event) {
      writer.field("waited_for", Disclosed(PublicName(documentName: wait.rawValue)))
    }
    if case .iterationBegan(_, _, let count, _, _, _) = event { writer.field("count", count) }
    if let reason = event.reason { writer.reason(reason, calling: session.integration(of: event), view: view) }
    if let run = event.otherRun { writer.field("other_run", Disclosed(PublicName(documentName: run.text))) }
    if case .approvalAsked(_, _, _, let commitment, _) = event {
      // Names the very request; made with a key of the run, it tells nothing of it.
      writer.field("commitment", Disclosed(PublicName(documentName: commitment)))
    }
    if let login = event.login { writer.field("login", Disclosed(PublicName(documentName: login))) }
    exchange(event.request, event.response, to: &writer)
    if let element = text(event.element) { writer.field("element", DiscloseDoor.viewerText(element, view: view)) }
    writer.object("variables", values(event.variables))
    return writer.finish()
  }

  func end(_ row: StoredRun, retries: [RunID], sequence: Int) -> [UInt8] {
    var writer = LogLine(
      sequence: sequence, at: row.endedAt ?? row.createdAt, run: row.id, event: "ended")
    writer.field("state", Disclosed(PublicName(documentName: row.state.rawValue)))
    writer.field("steps", row.stepsExecuted)
    if let startedAt = row.startedAt, let endedAt = row.endedAt {
      writer.field("duration_ms", Int(endedAt.millisecondsSinceEpoch - startedAt.millisecondsSinceEpoch))
    }
    if let endedAt = row.endedAt, RunLog.isLong(row, now: endedAt) {
      writer.field("warning", Disclosed(PublicName(documentName: RunFigures.warning)))
    }
    if row.isDry { writer.field("dry_run", true) }
    writer.list("retries", retries.map { Disclosed(PublicName(documentName: $0.text)) })
    if case .ended(.failed(let reason)) = session.machine.state {
      writer.reason(
        reason, missing: session.machine.missingEdge, calling: session.integration(of: reason), view: view)
    }
    return writer.finish()
  }

  private func title(_ step: String) -> String { session.bundle.runbook.step(named: step)?.title ?? step }

  private func started(
    _ roots: [String: ValueHandle], _ variables: [String: ValueHandle], to writer: inout LogLine
  ) {
    writer.field("trigger", Disclosed(PublicName(documentName: session.row.trigger.rawValue)))
    if session.row.isDry { writer.field("dry_run", true) }
    if let old = session.row.retryOf { writer.field("retry_of", Disclosed(PublicName(documentName: old.text))) }
    if let parent = session.row.parent { writer.field("other_run", Disclosed(PublicName(documentName: parent.text))) }
    if let headers = text(roots["request_headers"]), let body = text(roots["request"]) {
      writer.message("request", DiscloseDoor.message(headers: headers, body: body, view: view))
    } else if let body = text(roots["request"]) {
      writer.message("request", DiscloseDoor.message(headers: LabeledText(clear: "{}"), body: body, view: view))
    }
    if let query = text(roots["request_query"]) { writer.field("query", DiscloseDoor.viewerText(query, view: view)) }
    writer.object("variables", values(variables))
  }

  private func exchange(_ request: RequestRecord?, _ response: ResponseRecord?, to writer: inout LogLine) {
    if let request, let url = text(request.url), let headers = text(request.headers) {
      writer.request(
        request.method,
        DiscloseDoor.request(url: url, headers: headers, body: request.body.flatMap { text($0) }, view: view))
    }
    if let response, let headers = text(response.headers), let body = text(response.body) {
      writer.response(response, DiscloseDoor.message(headers: headers, body: body, view: view))
    }
  }

  private func text(_ handle: ValueHandle?) -> LabeledText? { handle.flatMap { try? session.values.text($0) } }

  private func values(_ handles: [String: ValueHandle]) -> [(String, Disclosed)] {
    handles.sorted { $0.key < $1.key }.compactMap { name, handle in
      text(handle).map { (name, DiscloseDoor.viewerText($0, view: view)) }
    }
  }
}
