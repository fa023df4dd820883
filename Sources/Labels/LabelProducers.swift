/// Every construct of a run that makes a value, with the label that it gives. The list is closed: a step kind or an
/// effect that makes values and is not registered here fails a test, so that no construct can forget its labels.
package enum LabelProducer: String, Hashable, Sendable, CaseIterable {
  /// Text of a document, a constant, a declared default.
  case documentText = "document-text"
  /// The body, headers and query of the request that started the run.
  case start
  /// A value entered for a variable and sealed, or one that is declared encrypted.
  case encryptedVariable = "encrypted-variable"
  /// A field of a secret of the key/value store.
  case secretField = "secret-field"
  /// A credential of an integration, an endpoint or a session.
  case credential
  /// What a named key made: signed, authenticated.
  case namedKey = "named-key"
  /// What a named key decrypted.
  case decrypted
  /// A parameter that is sealed and bound to a method's URL.
  case boundParameter = "bound-parameter"
  /// The body and the headers of a response.
  case response
  /// The rows that a data source gave: labelled as an answer is, and with everything that was sent to it.
  case rows
  /// The status code of a response: a named declassifier.
  case status
  /// A number or name that the engine makes: a visit, a reason, an idempotency key, the service's own URL.
  case engine
  /// A value taken out of others, converted, mapped, rendered, hashed: a named transform.
  case transform
  /// The answer of a condition.
  case condition
  /// An error text from outside (a resolver, TLS, a server).
  case errorText = "error-text"

  /// What label the value gets.
  package enum Label: Hashable, Sendable {
    /// None: it stands in a document or is made by the engine.
    case clear
    /// Its own origin; the rule where it is encrypted, or always.
    case own(LogRule)
    /// The union of what it was made from.
    case union
    /// The labels of known secrets, where it contains them.
    case reflected
  }

  package var label: Label {
    switch self {
    case .documentText, .status, .engine: .clear
    case .start, .encryptedVariable, .response, .rows, .decrypted: .own(.removesRequest)
    case .secretField, .credential, .boundParameter, .namedKey: .own(.masked)
    case .transform, .condition: .union
    case .errorText: .reflected
    }
  }
}

/// The registry, and the labels themselves.
package enum LabelProducers {
  /// What each kind of step makes, by the kind's word.
  package static let byStepKind: [String: Set<LabelProducer>] = [
    "condition": [.condition, .documentText, .transform],
    "call": [
      .boundParameter, .credential, .documentText, .engine, .errorText, .namedKey, .response, .rows, .secretField,
      .status, .transform,
    ],
    "local": [.decrypted, .documentText, .namedKey, .transform],
    "iterate": [.transform],
    "next": [.transform],
    "sleep": [],
    "startRunbook": [.documentText, .engine, .transform],
    "end": [],
  ]

  /// What each effect of the engine brings back, by the effect's word.
  package static let byEffect: [String: Set<LabelProducer>] = [
    "start": [.documentText, .encryptedVariable, .secretField, .start, .transform],
    "decideCondition": [.condition],
    "call": [
      .boundParameter, .credential, .errorText, .namedKey, .response, .rows, .secretField, .status, .transform,
    ],
    "perform": [.decrypted, .namedKey, .transform],
    "beginIteration": [.transform],
    "advance": [.transform],
    "startRunbook": [.engine, .transform],
    "askApproval": [.boundParameter, .credential, .secretField, .transform],
    "awaitApproval": [],
    "wait": [],
    "waitToRestart": [],
    "finish": [],
  ]

  /// The request that started a run. Not encrypted, it may be shown and sent anywhere, and keeps its origin.
  package static func start(isEncrypted: Bool, hosts: HostClearance) -> Label {
    own(.trigger, isEncrypted: isEncrypted, hosts: hosts)
  }

  /// A response of a step, by the same rule. `hosts` are those of the runbook's own methods as of its grant.
  package static func response(step: String, isEncrypted: Bool, hosts: HostClearance) -> Label {
    own(.response(step: step), isEncrypted: isEncrypted, hosts: hosts)
  }

  /// The rows that a statement of a step brought, by the rule of a response; `sent` is what went out with it, which the
  /// other side saw and can give back.
  package static func rows(step: String, isEncrypted: Bool, hosts: HostClearance, sent: Label) -> Label {
    response(step: step, isEncrypted: isEncrypted, hosts: hosts).joined(with: sent)
  }

  /// A variable that is declared encrypted; another one has no label of its own.
  package static func encryptedVariable(name: String, hosts: HostClearance) -> Label {
    Label(origin: .variable(name: name), rule: .removesRequest, hosts: hosts)
  }

  /// A credential: masked wherever it is.
  package static func credential(holder: String, field: String, hosts: HostClearance) -> Label {
    Label(origin: .credential(holder: holder, field: field), rule: .masked, hosts: hosts)
  }

  /// What a version of a named key made: masked as a credential is, and for the hosts that the grant of the key pins,
  /// whatever was signed.
  package static func namedKey(name: String, version: UInt32, hosts: HostClearance) -> Label {
    Label(origin: .namedKey(name: name, version: version), rule: .masked, hosts: hosts)
  }

  /// What a named key decrypted: somebody encrypted it because it is secret, so it is treated as the answer of a method
  /// that is marked so, for the hosts that the grant of the key pins.
  package static func decrypted(name: String, version: UInt32, hosts: HostClearance) -> Label {
    Label(origin: .namedKey(name: name, version: version), rule: .removesRequest, hosts: hosts)
  }

  private static func own(_ origin: Origin, isEncrypted: Bool, hosts: HostClearance) -> Label {
    isEncrypted
      ? Label(origin: origin, rule: .removesRequest, hosts: hosts) : Label(origin: origin, rule: .shown, hosts: .any)
  }
}
