import Encodings
import Labels
package import RunEngine
import Runbooks
import Storage

extension RunLog {
  /// The log of a run as a tree: run, visits of steps, attempts, request and answer, each with its time and why it is
  /// masked. JSON; nil where there is no such run.
  package func tree(of id: RunID) async throws -> [UInt8]? {
    guard let (session, view) = try await opened(id) else { return nil }
    let now = present
    return TreeWriting(session: session, view: view).text(now: now)
  }
}

/// Writes a run's tree. It takes `Disclosed` text only.
private struct TreeWriting {
  let session: RunSession
  let view: DisclosureView
  private var writer = JSONWriter()

  init(session: RunSession, view: DisclosureView) {
    self.session = session
    self.view = view
  }

  func text(now: Instant) -> [UInt8] {
    var copy = self
    copy.run(now: now)
    return copy.writer.finish()
  }

  private mutating func run(now: Instant) {
    let row = session.row
    writer.beginObject()
    name("run", row.id.text)
    name("runbook_id", row.runbookID)
    name("runbook", session.bundle.runbook.name)
    name("state", row.state.rawValue)
    name("trigger", row.trigger.rawValue)
    if let parent = row.parent { name("parent", parent.text) }
    time("created_at", row.createdAt)
    time("started_at", row.startedAt)
    time("ended_at", row.endedAt)
    if let startedAt = row.startedAt, let endedAt = row.endedAt { number("duration_ms", endedAt, since: startedAt) }
    if let pause = row.pause, row.isPaused {
      time("paused_at", pause.at)
      name("paused_by", pause.by)
    }
    if let waiting = row.waiting, !row.state.isFinished {
      name("waiting", waiting.reason.rawValue)
      time("until", waiting.until)
    }
    if RunLog.isLong(row, now: now) { name("warning", RunFigures.warning) }
    writer.key("steps")
    writer.integer(Int64(row.stepsExecuted))
    if case .ended(.failed(let reason)) = session.machine.state {
      writer.reasonFields(reason, missing: session.machine.missingEdge, view: view)
    }
    let tree = RunTree(session.history) { step in
      guard case .next(let begin)? = session.bundle.runbook.step(named: step)?.kind else { return nil }
      return begin
    }
    writer.key("nodes")
    writer.beginArray()
    for node in tree.nodes {
      switch node {
      case .event(let sequence): about(sequence)
      case .visit(let visit): self.visit(visit)
      }
    }
    writer.endArray()
    writer.endObject()
  }

  /// Something about the run as a whole.
  private mutating func about(_ sequence: Int) {
    let event = event(sequence)
    writer.beginObject()
    name("event", RunHistory.kind(of: event))
    time("time", event.instant)
    cause(of: event)
    if let body = text(event.roots["request"]) {
      let headers = text(event.roots["request_headers"]) ?? LabeledText(clear: "{}")
      let message = DiscloseDoor.message(headers: headers, body: body, view: view)
      writer.key("request")
      writer.beginObject()
      writer.exchangeHeaders(message.headers)
      writer.exchangeBody(message.body)
      facts(of: body, with: [headers])
      writer.endObject()
    }
    if let query = text(event.roots["request_query"]) {
      writer.field("query", DiscloseDoor.viewerText(query, view: view))
    }
    variables(of: event)
    if let reason = event.reason { writer.reasonFields(reason, view: view) }
    if let run = event.otherRun { name("other_run", run.text) }
    writer.endObject()
  }

  /// What started the run, as the line of the log says it.
  private mutating func cause(of event: RunEvent) {
    switch event {
    case .admitted, .started: break
    default: return
    }
    let row = session.row
    name("trigger", row.trigger.rawValue)
    if row.isDry {
      writer.key("dry_run")
      writer.bool(true)
    }
    if let old = row.retryOf { name("retry_of", old.text) }
    if let parent = row.parent { name("other_run", parent.text) }
  }

  /// Iterations in iterations are a few deep: documents nest them by hand.
  private mutating func visit(_ visit: RunTree.Visit) {
    writer.beginObject()
    name("step", visit.step)
    if let title = session.bundle.runbook.step(named: visit.step)?.title, title != visit.step { name("title", title) }
    writer.key("visit")
    writer.integer(Int64(visit.number))
    let events = visit.attempts.flatMap(\.events)
    span(events)
    writer.key("attempts")
    writer.beginArray()
    for attempt in visit.attempts { self.attempt(attempt) }
    writer.endArray()
    if !visit.elements.isEmpty {
      writer.key("elements")
      writer.beginArray()
      for element in visit.elements { self.element(element) }
      writer.endArray()
    }
    writer.endObject()
  }

  private mutating func element(_ element: RunTree.Element) {
    let event = event(element.event)
    writer.beginObject()
    time("time", event.instant)
    if let value = text(event.element) { writer.field("element", DiscloseDoor.viewerText(value, view: view)) }
    if case .iterationAdvanced = event { variables(of: event) }
    writer.key("nodes")
    writer.beginArray()
    for visit in element.visits { self.visit(visit) }
    writer.endArray()
    writer.endObject()
  }

  private mutating func attempt(_ attempt: RunTree.Attempt) {
    writer.beginObject()
    writer.key("attempt")
    writer.integer(Int64(attempt.number))
    span(attempt.events)
    writer.key("events")
    writer.beginArray()
    for sequence in attempt.events {
      let event = event(sequence)
      writer.beginObject()
      writer.key("seq")
      writer.integer(Int64(sequence))
      name("event", RunHistory.kind(of: event))
      time("time", event.instant)
      if case .conditionDecided(_, _, let met) = event {
        writer.key("met")
        writer.bool(met)
      }
      if let wait = session.waitedFor(event) { name("waited_for", wait.rawValue) }
      if case .iterationBegan(_, _, let count, _, _, _) = event {
        writer.key("count")
        writer.integer(Int64(count))
      }
      if let reason = event.reason { writer.reasonFields(reason, view: view) }
      if let run = event.otherRun { name("other_run", run.text) }
      if let login = event.login { name("login", login) }
      exchange(event)
      variables(of: event)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }

  private mutating func exchange(_ event: RunEvent) {
    if let request = event.request, let url = text(request.url), let headers = text(request.headers) {
      let body = text(request.body)
      writer.key("request")
      writer.beginObject()
      writer.requestFields(
        request.method, DiscloseDoor.request(url: url, headers: headers, body: body, view: view))
      facts(of: body, with: [url, headers])
      writer.endObject()
    }
    if let response = event.response, let headers = text(response.headers), let body = text(response.body) {
      writer.key("response")
      writer.beginObject()
      writer.responseFields(response, DiscloseDoor.message(headers: headers, body: body, view: view))
      facts(of: body, with: [headers])
      writer.endObject()
    }
  }

  /// The class of a body's size, and what makes any of it secret.
  private mutating func facts(of body: LabeledText?, with others: [LabeledText]) {
    if let body {
      writer.key("size_up_to")
      writer.integer(Int64(body.sizeClass))
    }
    let label = Label.join(((body.map { [$0] } ?? []) + others).map(\.label))
    let origins = label.secretOrigins
    guard !origins.isEmpty else { return }
    writer.key("masked_for")
    writer.beginArray()
    for origin in origins {
      // Origins hold names of documents, and are searched as every text is.
      let sentence = LabeledText(clear: Disclosed(origin).text)
      writer.string(DiscloseDoor.viewerText(sentence, view: view).text)
    }
    writer.endArray()
  }

  private mutating func variables(of event: RunEvent) {
    let variables = event.variables.sorted { $0.key < $1.key }
    guard !variables.isEmpty else { return }
    writer.key("variables")
    writer.beginObject()
    for (name, handle) in variables {
      guard let value = text(handle) else { continue }
      writer.key(PublicName(documentName: name).text)
      writer.string(DiscloseDoor.viewerText(value, view: view).text)
    }
    writer.endObject()
  }

  private mutating func span(_ events: [Int]) {
    guard let first = events.first, let last = events.last else { return }
    time("time", event(first).instant)
    number("duration_ms", event(last).instant, since: event(first).instant)
  }

  private mutating func name(_ key: StaticString, _ text: String) {
    writer.field(key, Disclosed(PublicName(documentName: text)))
  }

  private mutating func time(_ key: StaticString, _ instant: Instant?) {
    writer.key(key.description)
    if let instant { writer.string(instant.rfc3339) } else { writer.null() }
  }

  private mutating func number(_ key: StaticString, _ end: Instant, since start: Instant) {
    writer.key(key.description)
    writer.integer(end.milliseconds(since: start))
  }

  private func event(_ sequence: Int) -> RunEvent { session.history[sequence - 1] }

  private func text(_ handle: ValueHandle?) -> LabeledText? { handle.flatMap { try? session.values.text($0) } }
}
