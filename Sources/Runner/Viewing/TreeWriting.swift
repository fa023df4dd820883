import Encodings
import Labels
import RunEngine
import Runbooks
import Storage

/// Writes a run's tree, part by part. It takes `Disclosed` text only.
struct TreeWriting {
  /// What is written at once. It holds numbers of events, and nothing of what they hold.
  enum Part {
    case node(RunTree.Node)
    case visit(RunTree.Visit)
    case attempt(RunTree.Attempt)
    case element(RunTree.Element)
    /// Of an attempt, by its sequence.
    case event(Int)
    /// A list under this key begins.
    case list(String)
    case listEnd
    case objectEnd
  }

  let session: RunSession
  let view: DisclosureView
  private(set) var writer: JSONWriter

  /// - Parameter writer: goes on where it stands.
  init(_ content: OpenLogs.Content, going writer: JSONWriter) {
    session = content.session
    view = content.view
    self.writer = writer
  }

  /// Writes this part, or its beginning; gives the parts that follow within it, with its end.
  mutating func write(_ part: Part) -> [Part] {
    switch part {
    case .node(.event(let sequence)): about(sequence)
    case .node(.visit(let visit)), .visit(let visit): return self.visit(visit)
    case .attempt(let attempt): return self.attempt(attempt)
    case .element(let element): return self.element(element)
    case .event(let sequence): self.event(of: sequence)
    case .list(let key):
      writer.key(key)
      writer.beginArray()
    case .listEnd: writer.endArray()
    case .objectEnd: writer.endObject()
    }
    return []
  }

  /// How the run stands as a whole; gives the parts that follow.
  mutating func run(now: Instant) -> [Part] {
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
      writer.reasonFields(
        reason, missing: session.machine.missingEdge, calling: session.integration(of: reason), view: view)
    }
    let tree = RunTree(session.history) { step in
      guard case .next(let begin)? = session.bundle.runbook.step(named: step)?.kind else { return nil }
      return begin
    }
    return list("nodes", tree.nodes.map { Part.node($0) }) + [.objectEnd]
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
    if let reason = event.reason {
      writer.reasonFields(reason, calling: session.integration(of: event), view: view)
    }
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

  private mutating func visit(_ visit: RunTree.Visit) -> [Part] {
    writer.beginObject()
    name("step", visit.step)
    if let title = session.bundle.runbook.step(named: visit.step)?.title, title != visit.step { name("title", title) }
    writer.key("visit")
    writer.integer(Int64(visit.number))
    let events = visit.attempts.flatMap(\.events)
    span(events)
    var parts = list("attempts", visit.attempts.map { Part.attempt($0) })
    if !visit.elements.isEmpty { parts += list("elements", visit.elements.map { Part.element($0) }) }
    return parts + [.objectEnd]
  }

  private mutating func element(_ element: RunTree.Element) -> [Part] {
    let event = event(element.event)
    writer.beginObject()
    time("time", event.instant)
    if let value = text(event.element) { writer.field("element", DiscloseDoor.viewerText(value, view: view)) }
    if case .iterationAdvanced = event { variables(of: event) }
    return list("nodes", element.visits.map { Part.visit($0) }) + [.objectEnd]
  }

  private mutating func attempt(_ attempt: RunTree.Attempt) -> [Part] {
    writer.beginObject()
    writer.key("attempt")
    writer.integer(Int64(attempt.number))
    span(attempt.events)
    return list("events", attempt.events.map { Part.event($0) }) + [.objectEnd]
  }

  private mutating func event(of sequence: Int) {
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
    if let reason = event.reason {
      writer.reasonFields(reason, calling: session.integration(of: event), view: view)
    }
    if let run = event.otherRun { name("other_run", run.text) }
    if let login = event.login { name("login", login) }
    exchange(event)
    variables(of: event)
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

  private func list(_ key: String, _ parts: [Part]) -> [Part] { [.list(key)] + parts + [.listEnd] }

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
