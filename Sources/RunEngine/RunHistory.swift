import Encodings
package import Labels

/// The recorded form of run events: one JSON object an event, with fixed keys in a fixed order
/// (docs/spec/run-history.md). It holds value ids, never content or labels: those are sealed beside it.
package enum RunHistory {
  /// Why a recorded event cannot be read. Recovery ends the run with `history` and says which event.
  package enum Fault: Error, Equatable, Sendable {
    case notJSON
    case unknownKind
    case missingField(String)
    /// An id that no stored value has.
    case unknownValue(UInt32)
  }

  /// The event's kind as it stands in the recorded form, and in clear in the store.
  package static func kind(of event: RunEvent) -> String {
    switch event {
    case .admitted: "admitted"
    case .started: "started"
    case .startFailed: "start-failed"
    case .conditionDecided: "condition-decided"
    case .callIntended: "call-intended"
    case .callAnswered: "call-answered"
    case .callFailed: "call-failed"
    case .conditionFailed: "condition-failed"
    case .performed: "performed"
    case .stepFailed: "step-failed"
    case .iterationBegan: "iteration-began"
    case .iterationAdvanced: "iteration-advanced"
    case .handedOver: "handed-over"
    case .approvalAsked: "approval-asked"
    case .approvalGiven: "approval-given"
    case .approvalRefused: "approval-refused"
    case .waitElapsed: "wait-elapsed"
    case .restarted: "restarted"
    case .retried: "retried"
    case .cancelled: "cancelled"
    }
  }

  /// The recorded form of `event`.
  package static func encode(_ event: RunEvent) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("kind")
    writer.string(kind(of: event))
    writer.key("at")
    writer.integer(event.instant.millisecondsSinceEpoch)
    switch event {
    case .admitted(_, let roots, let variables, let spent), .started(_, let roots, let variables, let spent):
      write(roots, as: "roots", to: &writer)
      write(variables, as: "variables", to: &writer)
      write(spent, to: &writer)
    case .startFailed(_, let reason):
      write(reason, to: &writer)
    case .conditionDecided(let address, _, let met):
      write(address, to: &writer)
      writer.key("met")
      writer.bool(met)
    case .callIntended(let address, _), .waitElapsed(let address, _):
      write(address, to: &writer)
    case .callAnswered(let address, _, let request, let response, let variables):
      write(address, to: &writer)
      write(request, to: &writer)
      write(response, to: &writer)
      write(variables, as: "variables", to: &writer)
    case .callFailed(let address, _, let reason, let request, let response):
      write(address, to: &writer)
      write(reason, to: &writer)
      write(request, to: &writer)
      write(response, to: &writer)
    case .conditionFailed(let address, _, let reason), .stepFailed(let address, _, let reason):
      write(address, to: &writer)
      write(reason, to: &writer)
    case .performed(let address, _, let variables):
      write(address, to: &writer)
      write(variables, as: "variables", to: &writer)
    case .iterationBegan(let address, _, let count, let items, let element, let variables):
      write(address, to: &writer)
      writer.key("count")
      writer.integer(Int64(count))
      write(items, as: "items", to: &writer)
      write(element, as: "element", to: &writer)
      write(variables, as: "variables", to: &writer)
    case .iterationAdvanced(let address, _, let element, let variables):
      write(address, to: &writer)
      write(element, as: "element", to: &writer)
      write(variables, as: "variables", to: &writer)
    case .handedOver(let address, _, let run):
      write(address, to: &writer)
      writer.key("run")
      writer.string(run.text)
    case .approvalAsked(let address, _, let request, let commitment, let attempts):
      write(address, to: &writer)
      write(request, to: &writer)
      writer.key("commitment")
      writer.string(commitment)
      write(attempts: attempts, to: &writer)
    case .approvalGiven(let address, _, let by), .approvalRefused(let address, _, let by):
      write(address, to: &writer)
      writer.key("by")
      writer.string(by)
    case .retried(_, let run):
      writer.key("run")
      writer.string(run.text)
    case .restarted, .cancelled:
      break
    }
    writer.endObject()
    return writer.finish()
  }

  /// Reads a recorded event; `handle` gives the handle of a stored value's id.
  package static func decode(
    _ bytes: [UInt8], handle: @escaping (ValueID) -> ValueHandle?
  ) throws(Fault) -> RunEvent {
    guard let tape = try? JSONTape(bytes) else { throw .notJSON }
    let reader = Reader(tape: tape, root: tape.root, handle: handle)
    let at = Instant(millisecondsSinceEpoch: try reader.integer("at"))
    switch try reader.string("kind") {
    case "admitted":
      return .admitted(
        at: at, roots: try reader.handles("roots"), variables: try reader.handles("variables"),
        spent: try reader.spent())
    case "started":
      return .started(
        at: at, roots: try reader.handles("roots"), variables: try reader.handles("variables"),
        spent: try reader.spent())
    case "start-failed": return .startFailed(at: at, reason: try reader.reason())
    case "condition-decided": return .conditionDecided(try reader.address(), at: at, met: try reader.bool("met"))
    case "call-intended": return .callIntended(try reader.address(), at: at)
    case "call-answered":
      guard let response = try reader.response() else { throw .missingField("response") }
      return .callAnswered(
        try reader.address(), at: at, request: try reader.request(), response: response,
        variables: try reader.handles("variables"))
    case "call-failed":
      return .callFailed(
        try reader.address(), at: at, reason: try reader.reason(), request: try reader.request(),
        response: try reader.response())
    case "condition-failed":
      return .conditionFailed(try reader.address(), at: at, reason: try reader.reason())
    case "performed":
      return .performed(try reader.address(), at: at, variables: try reader.handles("variables"))
    case "step-failed":
      return .stepFailed(try reader.address(), at: at, reason: try reader.reason())
    case "iteration-began":
      guard let count = Int(exactly: try reader.integer("count")) else { throw .missingField("count") }
      return .iterationBegan(
        try reader.address(), at: at, count: count, items: try reader.required("items"),
        element: try reader.optionalHandle("element"), variables: try reader.handles("variables"))
    case "iteration-advanced":
      return .iterationAdvanced(
        try reader.address(), at: at, element: try reader.optionalHandle("element"),
        variables: try reader.handles("variables"))
    case "handed-over":
      guard let run = RunID(try reader.string("run")) else { throw .missingField("run") }
      return .handedOver(try reader.address(), at: at, to: run)
    case "approval-asked":
      guard let request = try reader.request() else { throw .missingField("request") }
      return .approvalAsked(
        try reader.address(), at: at, request: request, commitment: try reader.string("commitment"),
        attempts: try reader.count("attempts"))
    case "approval-given":
      return .approvalGiven(try reader.address(), at: at, by: try reader.string("by"))
    case "approval-refused":
      return .approvalRefused(try reader.address(), at: at, by: try reader.string("by"))
    case "wait-elapsed": return .waitElapsed(try reader.address(), at: at)
    case "restarted": return .restarted(at: at)
    case "retried":
      guard let run = RunID(try reader.string("run")) else { throw .missingField("run") }
      return .retried(at: at, of: run)
    case "cancelled": return .cancelled(at: at)
    default: throw .unknownKind
    }
  }

  // MARK: Writing

  private static func write(_ address: EffectAddress, to writer: inout JSONWriter) {
    writer.key("step")
    writer.string(address.step)
    writer.key("visit")
    writer.integer(Int64(address.visit))
    writer.key("attempt")
    writer.integer(Int64(address.attempt))
  }

  private static func write(attempts: Int, to writer: inout JSONWriter) {
    guard attempts > 1 else { return }
    writer.key("attempts")
    writer.integer(Int64(attempts))
  }

  private static func write(_ handles: [String: ValueHandle], as key: String, to writer: inout JSONWriter) {
    writer.key(key)
    writer.beginObject()
    for (name, handle) in handles.sorted(by: { $0.key < $1.key }) {
      writer.key(name)
      writer.integer(Int64(handle.id.raw))
    }
    writer.endObject()
  }

  private static func write(_ handle: ValueHandle?, as key: String, to writer: inout JSONWriter) {
    guard let handle else { return }
    writer.key(key)
    writer.integer(Int64(handle.id.raw))
  }

  private static func write(_ spent: SpentBits, to writer: inout JSONWriter) {
    guard spent != .none else { return }
    writer.key("spent")
    writer.beginObject()
    writer.key("steps")
    writer.integer(Int64(spent.steps))
    writer.key("bits")
    writer.beginArray()
    for row in spent.rows {
      writer.beginObject()
      writer.key("origin")
      writer.beginArray()
      for field in row.origin { writer.string(field) }
      writer.endArray()
      writer.key("bits")
      writer.integer(Int64(row.bits))
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }

  private static func write(_ request: RequestRecord?, to writer: inout JSONWriter) {
    guard let request else { return }
    writer.key("request")
    writer.beginObject()
    writer.key("method")
    writer.string(request.method)
    write(request.url, as: "url", to: &writer)
    write(request.headers, as: "headers", to: &writer)
    write(request.body, as: "body", to: &writer)
    writer.endObject()
  }

  private static func write(_ response: ResponseRecord?, to writer: inout JSONWriter) {
    guard let response else { return }
    writer.key("response")
    writer.beginObject()
    writer.key("status")
    writer.integer(Int64(response.status))
    write(response.headers, as: "headers", to: &writer)
    write(response.body, as: "body", to: &writer)
    writer.key("duration")
    writer.integer(response.durationMilliseconds)
    writer.endObject()
  }

  private static func write(_ reason: FailureReason, to writer: inout JSONWriter) {
    writer.key("reason")
    writer.beginObject()
    writer.key("word")
    writer.string(reason.word)
    let details: [(String, String)] =
      switch reason {
      case .unresolved(let name), .notGranted(let name), .conversion(let name), .reachedFailure(let name),
        .notStartable(let name), .valueTooLarge(let name), .unreadable(let name):
        [("name", name)]
      case .limit(let limit): [("name", limit.rawValue)]
      case .notApproved(let failure): [("name", failure.rawValue)]
      case .missingEdge(let step, let outcome): [("name", step), ("outcome", outcome)]
      case .source(let name, _): [("name", name)]
      case .authorizationRests(_, let until): [("name", until.rfc3339)]
      case .timeout, .dns, .connect, .tls, .blocked, .status, .parse, .tooLarge, .interrupted, .disconnected, .sealed,
        .urlChanged, .declassificationLimit, .authorization, .notVerified, .dryRun, .history:
        []
      }
    for (key, value) in details {
      writer.key(key)
      writer.string(value)
    }
    writer.endObject()
  }
}

extension FailureReason {
  /// Reads a reason from its word and names, as the recorded form holds them; nil for an unknown word.
  package init?(word: String, name: String = "", outcome: String = "") {
    switch word {
    case "timeout": self = .timeout
    case "dns": self = .dns
    case "connect": self = .connect
    case "tls": self = .tls
    case "blocked": self = .blocked
    case "parse": self = name.isEmpty ? .parse : .unreadable(name)
    case "unresolved": self = .unresolved(name)
    case "too-large": self = name.isEmpty ? .tooLarge : .valueTooLarge(name)
    case "interrupted": self = .interrupted
    case "disconnected": self = .disconnected
    case "sealed": self = .sealed
    case "url-changed": self = .urlChanged
    case "not-granted": self = .notGranted(name)
    case "declassification-limit": self = .declassificationLimit
    case "limit":
      guard let limit = RunLimit(rawValue: name) else { return nil }
      self = .limit(limit)
    case "not-startable": self = .notStartable(name)
    case "not-approved":
      guard let failure = ApprovalFailure(rawValue: name) else { return nil }
      self = .notApproved(failure)
    case "missing-edge": self = .missingEdge(step: name, outcome: outcome)
    case "conversion": self = .conversion(name)
    case "end": self = .reachedFailure(step: name)
    case "dry-run": self = .dryRun
    case "not-verified": self = .notVerified
    case "history": self = .history
    default:
      if word.hasPrefix("sql ") {
        self = .source(name: name, code: String(word.dropFirst(4)))
        return
      }
      if word.hasPrefix("token "), let fault = TokenFault(rawValue: String(word.dropFirst(6))) {
        if name.isEmpty {
          self = .authorization(fault)
        } else {
          guard let until = Instant(rfc3339: name) else { return nil }
          self = .authorizationRests(fault, until: until)
        }
        return
      }
      guard word.hasPrefix("status "), let code = Int(word.dropFirst(7)) else { return nil }
      self = .status(code)
    }
  }
}

/// Reads the fields of one recorded object.
private struct Reader {
  let tape: JSONTape
  let root: JSONTape.Node
  let handle: (ValueID) -> ValueHandle?

  func member(_ key: String) throws(RunHistory.Fault) -> JSONTape.Node {
    guard let node = tape.member(root, key) else { throw .missingField(key) }
    return node
  }

  func integer(_ key: String) throws(RunHistory.Fault) -> Int64 {
    guard let value = tape.integer(try member(key)) else { throw .missingField(key) }
    return value
  }

  /// A number of at least 1, which is 1 where it is left out.
  func count(_ key: String) throws(RunHistory.Fault) -> Int {
    guard let node = tape.member(root, key) else { return 1 }
    guard let value = tape.integer(node), let count = Int(exactly: value), count >= 1 else { throw .missingField(key) }
    return count
  }

  func string(_ key: String) throws(RunHistory.Fault) -> String {
    guard let value = tape.string(try member(key)) else { throw .missingField(key) }
    return value
  }

  func bool(_ key: String) throws(RunHistory.Fault) -> Bool {
    guard let value = tape.bool(try member(key)) else { throw .missingField(key) }
    return value
  }

  func address() throws(RunHistory.Fault) -> EffectAddress {
    EffectAddress(step: try string("step"), visit: Int(try integer("visit")), attempt: Int(try integer("attempt")))
  }

  func resolve(_ raw: Int64) throws(RunHistory.Fault) -> ValueHandle {
    guard let raw = UInt32(exactly: raw) else { throw .missingField("value") }
    guard let found = handle(ValueID(raw: raw)) else { throw .unknownValue(raw) }
    return found
  }

  func handles(_ key: String) throws(RunHistory.Fault) -> [String: ValueHandle] {
    var result: [String: ValueHandle] = [:]
    for child in tape.children(try member(key)) {
      guard let name = tape.key(child), let raw = tape.integer(child) else { throw .missingField(key) }
      result[name] = try resolve(raw)
    }
    return result
  }

  func inner(_ key: String) -> Reader? {
    tape.member(root, key).map { Reader(tape: tape, root: $0, handle: handle) }
  }

  func optionalHandle(_ key: String) throws(RunHistory.Fault) -> ValueHandle? {
    tape.member(root, key) == nil ? nil : try resolve(try integer(key))
  }

  func required(_ key: String) throws(RunHistory.Fault) -> ValueHandle { try resolve(try integer(key)) }

  /// Absent: nothing was let out before.
  func spent() throws(RunHistory.Fault) -> SpentBits {
    guard let inner = inner("spent") else { return .none }
    guard let steps = Int(exactly: try inner.integer("steps")) else { throw .missingField("spent") }
    var rows: [(origin: [String], bits: Int)] = []
    for child in inner.tape.children(try inner.member("bits")) {
      guard let origin = tape.member(child, "origin"),
        let bits = tape.member(child, "bits").flatMap({ tape.integer($0) }).flatMap({ Int(exactly: $0) })
      else { throw .missingField("spent") }
      rows.append((tape.children(origin).compactMap { tape.string($0) }, bits))
    }
    guard let spent = SpentBits(rows: rows, steps: steps) else { throw .missingField("spent") }
    return spent
  }

  func request() throws(RunHistory.Fault) -> RequestRecord? {
    guard let inner = inner("request") else { return nil }
    return RequestRecord(
      method: try inner.string("method"), url: try inner.required("url"), headers: try inner.required("headers"),
      body: try inner.optionalHandle("body"))
  }

  func response() throws(RunHistory.Fault) -> ResponseRecord? {
    guard let inner = inner("response") else { return nil }
    return ResponseRecord(
      status: Int(try inner.integer("status")), headers: try inner.required("headers"),
      body: try inner.required("body"), durationMilliseconds: try inner.integer("duration"))
  }

  func reason() throws(RunHistory.Fault) -> FailureReason {
    guard let inner = inner("reason") else { throw .missingField("reason") }
    let name = inner.tape.member(inner.root, "name").flatMap { inner.tape.string($0) } ?? ""
    let outcome = inner.tape.member(inner.root, "outcome").flatMap { inner.tape.string($0) } ?? ""
    guard let reason = FailureReason(word: try inner.string("word"), name: name, outcome: outcome) else {
      throw .missingField("reason")
    }
    return reason
  }
}
