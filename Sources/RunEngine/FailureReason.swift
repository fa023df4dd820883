package import Encodings

/// Why a step took its failure edge, or why a run failed. The edge carries it, so that a condition can
/// test it and the log can name it. It holds names and numbers only, never a value.
package enum FailureReason: Error, Hashable, Sendable {
  /// The whole request, or the connection, took longer than its limit.
  case timeout
  /// The host's name did not resolve.
  case dns
  /// No connection to the address could be made: nothing was sent.
  case connect
  /// The TLS handshake or the certificate was refused.
  case tls
  /// The egress guard refused the destination.
  case blocked
  /// The answer came, with a status outside 200–299.
  case status(Int)
  /// The answer was not what the method's outputs need (not JSON, not decodable).
  case parse
  /// The same, where it is told what cannot be read and why.
  case unreadable(String)
  /// A name or path used by the step has no value.
  case unresolved(String)
  /// A request, an answer or a value is over its limit.
  case tooLarge
  /// The same of a value that is named, with the limit.
  case valueTooLarge(String)
  /// The outcome of an effect is unknown because the process stopped while it was out.
  case interrupted
  /// The connection was closed or broke while the request was out, before the whole answer had come: the outcome is
  /// unknown.
  case disconnected
  /// The service was sealed.
  case sealed
  /// An encrypted value is bound to another URL: it must be entered again.
  case urlChanged
  /// A secret is not granted to the runbook, or not to the host that it would go to.
  case notGranted(String)
  /// More was learnt about a secret by conditions than the limit allows.
  case declassificationLimit
  /// A limit on steps, visits or run time was reached.
  case limit(RunLimit)
  /// A step has no edge for what happened.
  case missingEdge(step: String, outcome: String)
  /// A value does not convert to the type that its variable declares.
  case conversion(String)
  /// The run reached an end step that says failure.
  case reachedFailure(step: String)
  /// The token that the method is authorised with could not be had; nothing of the method was sent.
  case authorization(TokenFault)
  /// The same, where the authorisation server was asked and is not asked again before this time.
  case authorizationRests(TokenFault, until: Instant)
  /// The runbook that a step starts is missing, disabled, without steps, or may not be started from here.
  case notStartable(String)
  /// Somebody refused the approval of a request, nobody gave it in time, or the request is not the approved one.
  case notApproved(ApprovalFailure)
  /// A dry run: nothing leaves, and no answer was given for it.
  case dryRun
  /// A signature is not the key's, or a ciphertext does not open.
  case notVerified
  /// A data source did not carry out a statement: its name, and the database's own code.
  case source(name: String, code: String)
  /// The stored history does not fit the plan: a fault of ours, never of the author's.
  case history

  /// The word of runbooks.md §3 for this reason, as conditions and logs show it.
  package var word: String {
    switch self {
    case .timeout: "timeout"
    case .dns: "dns"
    case .connect: "connect"
    case .tls: "tls"
    case .blocked: "blocked"
    case .status(let code): "status \(code)"
    case .parse, .unreadable: "parse"
    case .unresolved: "unresolved"
    case .tooLarge, .valueTooLarge: "too-large"
    case .interrupted: "interrupted"
    case .disconnected: "disconnected"
    case .sealed: "sealed"
    case .urlChanged: "url-changed"
    case .notGranted: "not-granted"
    case .declassificationLimit: "declassification-limit"
    case .limit: "limit"
    case .missingEdge: "missing-edge"
    case .conversion: "conversion"
    case .reachedFailure: "end"
    case .authorization(let fault), .authorizationRests(let fault, _): "token \(fault.rawValue)"
    case .notStartable: "not-startable"
    case .notApproved: "not-approved"
    case .dryRun: "dry-run"
    case .notVerified: "not-verified"
    case .source(_, let code): "sql \(code)"
    case .history: "history"
    }
  }

  /// The same as `sentence`, with the integration's id where somebody is to do something for it.
  package func sentence(callingIntegration id: String?) -> String {
    guard let id, case .authorization(.notAuthorized) = self else { return sentence }
    return TokenFault.sentence(unauthorized: id)
  }

  /// One sentence for the log: what happened and what helps. Names only.
  package var sentence: String {
    switch self {
    case .timeout:
      "It took longer than its limit; raise `timeout` of the step, of its method or of its data source, or ask the other "
        + "side."
    case .dns: "The host's name did not resolve; check base_url and the resolver of this machine."
    case .connect: "No connection could be made; check the address and whether the other side is up."
    case .tls: "The TLS handshake failed: the certificate or its name was not accepted."
    case .blocked: "The egress guard refused the destination; `serve --allow-egress HOST:PORT` names exceptions."
    case .status(let code): "The answer had status \(code)."
    case .parse:
      "The answer could not be read as what the method's outputs need: JSON without a key twice, XML, or text in the "
        + "character set that it names (UTF-8 without one)."
    case .unreadable(let what): "Something cannot be read: \(what)."
    case .unresolved(let what): "No value: \(what)."
    case .tooLarge: "A request, an answer or a value is over its limit."
    case .valueTooLarge(let what): "A request, an answer or a value is over its limit: \(what)."
    case .interrupted:
      "The service stopped while the request was out, and the method is not declared safe to repeat "
        + "(`idempotency` or `on_interrupt: retry`)."
    case .disconnected:
      "The connection was closed or broke before the whole answer had come: whether the request was carried out is not "
        + "known here. What is safe to repeat (GET, HEAD, PUT, DELETE, `idempotency`, `on_interrupt: retry`) is, by its "
        + "`retry`; of anything else ask the other side first."
    case .sealed: "The service was sealed."
    case .urlChanged: "An encrypted value belongs to another URL; enter it again with `chancery set`."
    case .notGranted(let what):
      "Not granted: \(what). `chancery grant RUNBOOK` gives a runbook what it uses now, for the hosts that it calls now; "
        + "`chancery kv put PATH --hosts HOST` names the hosts of a secret."
    case .declassificationLimit:
      "Conditions of this run, with those of the runs that led to it, asked more about a secret than the limit allows."
    case .limit(let limit): limit.sentence
    case .missingEdge(let step, let outcome): "Step `\(step)` has no edge for \(outcome)."
    case .conversion(let what): "A value cannot be used: \(what)."
    case .reachedFailure(let step): "The run reached the end step `\(step)`, which says failure."
    case .authorization(let fault): fault.sentence
    case .authorizationRests(let fault, let until):
      "\(fault.sentence) It is not asked again until \(until.rfc3339), or until its credential changes."
    case .notStartable(let what): "The runbook cannot be started: \(what)."
    case .notApproved(let failure): failure.sentence
    case .dryRun: "A dry run: this did not leave, and no answer was given for it (`--responses`, `--replay`)."
    case .notVerified:
      "The signature is not one of the key's, or the ciphertext does not open: another key, version, context or message."
    case .source(let name, let code): SourceCode.sentence(of: name, code: code)
    case .history: "The stored history does not fit the runbook that the run was started with."
    }
  }
}

/// The guards that end a run (runbooks.md §3).
package enum RunLimit: String, Hashable, Sendable, CaseIterable {
  case steps
  case visits
  case runTime = "run-time"
  case depth
  case elements

  /// What an array may hold at most that a step iterates over: a longer one would fill the run's values.
  package static let mostElements = 100_000

  package var sentence: String {
    switch self {
    case .steps: "The run executed as many steps as its limit allows (`limits.max_steps`)."
    case .visits: "A step was visited as often as its limit allows (`limits.max_visits`)."
    case .depth: "So many runs have started one another as a chain may hold."
    case .elements:
      "The array has more than \(Self.mostElements) elements, the most that an iteration takes; ask for fewer at once."
    case .runTime:
      "The run took longer than its limit allows, or came to a wait for which it leaves no time (`limits.max_run_time`)."
    }
  }
}

/// Why a request that needs approval did not leave.
package enum ApprovalFailure: String, Hashable, Sendable, CaseIterable {
  case refused
  case expired
  case changed

  package var sentence: String {
    switch self {
    case .refused: "The approval of the request was refused."
    case .expired: "Nobody approved the request in time (`approval.expires`)."
    case .changed: "The request is no longer the one that was approved; it did not leave."
    }
  }
}

/// A step that failed, and why.
package struct StepFailure: Equatable, Sendable {
  package let step: String
  package let reason: FailureReason

  package init(step: String, reason: FailureReason) {
    self.step = step
    self.reason = reason
  }
}
