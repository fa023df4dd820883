/// One node of a runbook's graph.
package struct Step: Equatable, Sendable {
  /// Unique in the runbook: what edges point at.
  package var name: String
  /// What lists and logs show; the name where the document has none.
  package var title: String
  package var kind: StepKind
  /// The step after success, or after a condition that is met.
  package var onSuccess: String?
  /// The step after failure, or after a condition that is not met.
  package var onFailure: String?
  /// The names of the edges, where the document gives them.
  package var successEdgeName: String?
  package var failureEdgeName: String?
  package var vendor: VendorExtras

  package init(
    name: String, title: String? = nil, kind: StepKind, onSuccess: String? = nil, onFailure: String? = nil,
    successEdgeName: String? = nil, failureEdgeName: String? = nil, vendor: VendorExtras = VendorExtras()
  ) {
    self.name = name
    self.title = title ?? name
    self.kind = kind
    self.onSuccess = onSuccess
    self.onFailure = onFailure
    self.successEdgeName = successEdgeName
    self.failureEdgeName = failureEdgeName
    self.vendor = vendor
  }

  /// The edges that lead on, with what they are followed for.
  package var targets: [(outcome: StepOutcome, target: String)] {
    [(.success, onSuccess), (.failure, onFailure)].compactMap { outcome, target in target.map { (outcome, $0) } }
  }
}

/// What an edge is followed for.
package enum StepOutcome: String, Sendable, CaseIterable {
  case success
  case failure
}

/// What a step does.
package enum StepKind: Equatable, Sendable {
  case condition(ConditionGroups)
  case method(MethodCallStep)
  case end(EndResult)
  /// A step of an imported document that this release cannot run; the document is inactive and the text
  /// names what it is. Native documents never hold one.
  case unsupported(String)
}

/// What reaching an end means.
package enum EndResult: String, Sendable, CaseIterable {
  case success
  case failure
  /// Failed; the whole run is tried again from its start.
  case failureRetryFromStart = "failure-retry"
}

/// A step that sends one request of an integration.
package struct MethodCallStep: Equatable, Sendable {
  package var method: MethodReference
  /// Runbook variables set after a successful answer, after the method's own outputs, in this order.
  package var outputs: [VariableBinding]

  package init(method: MethodReference, outputs: [VariableBinding] = []) {
    self.method = method
    self.outputs = outputs
  }
}

/// How a step names its method.
package enum MethodReference: Hashable, Sendable {
  case named(integration: String, method: String)
  /// A vendor guid that no document here resolves. Such a document is refused; the case exists so that
  /// the fault can be stated after all files of one import have been read.
  case unresolved(guid: String)

  /// `integration/method`, or the guid.
  package var text: String {
    switch self {
    case .named(let integration, let method): "\(integration)/\(method)"
    case .unresolved(let guid): guid
    }
  }
}
