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

  /// Runbook variables that the step itself sets, from what `response` is there.
  package var outputs: [VariableBinding] {
    switch kind {
    case .method(let call): call.outputs
    case .sql(let step): step.outputs
    case .iterate(let iteration): iteration.outputs
    case .key(let key): key.outputs
    case .condition, .next, .sleep, .startRunbook, .end, .unsupported: []
    }
  }

  /// What the step itself reads, with the key under which it stands in the document; without the method's own
  /// templates and the outputs.
  package var reads: [(key: String, path: VariablePath)] {
    switch kind {
    case .condition(let condition):
      condition.groups.joined().flatMap { ($0.left.paths + ($0.right?.paths ?? [])).map { ("condition", $0) } }
    case .iterate(let iteration): [("iterate", iteration.items)]
    case .sql(let step): step.query.placeholders.map { ("query", $0.path) }
    case .key(let key): key.reads
    case .startRunbook(let start): start.variables.flatMap { $0.value.paths.map { ("variables", $0) } }
    case .method, .next, .sleep, .end, .unsupported: []
    }
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
  /// Sends one statement to a data source.
  case sql(SQLStep)
  case iterate(IterationStep)
  /// Takes the next element of the iteration that the step of this name began.
  case next(of: String)
  case sleep(Duration)
  case startRunbook(StartRunbookStep)
  case key(KeyStep)
  case end(EndResult)
  /// A step of an imported document that this release cannot run; the document is inactive and the text
  /// names what it is. Native documents never hold one.
  case unsupported(String)

  /// Who has to agree before what the step sends leaves; nil: nobody.
  package var approval: ApprovalSettings? {
    switch self {
    case .method(let call): call.approval
    case .sql(let sql): sql.approval
    case .condition, .iterate, .next, .sleep, .startRunbook, .key, .end, .unsupported: nil
    }
  }
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
  /// R20, here: seals the answer and what is taken from it, whatever the method says.
  package var encryptResponse: Bool
  /// Who has to agree before the request leaves; `nil`: nobody.
  package var approval: ApprovalSettings?
  /// How long one attempt may take here; `nil`: as long as the method says.
  package var timeout: Duration?
  /// When and how often a failed attempt is repeated here; `nil`: as the method says.
  package var retry: RetrySettings?

  package init(
    method: MethodReference, outputs: [VariableBinding] = [], encryptResponse: Bool = false,
    approval: ApprovalSettings? = nil, timeout: Duration? = nil, retry: RetrySettings? = nil
  ) {
    self.method = method
    self.outputs = outputs
    self.encryptResponse = encryptResponse
    self.approval = approval
    self.timeout = timeout
    self.retry = retry
  }
}

/// The question that people answer before a request leaves. They see the request as any viewer sees it, and agree to
/// exactly that one: another request than the approved one does not leave.
package struct ApprovalSettings: Equatable, Sendable {
  /// How many different people have to agree.
  package var required: Int
  /// Logins that may agree; empty: everybody whose policy lets them approve on this runbook.
  package var from: [String]
  /// How long the question stands.
  package var expires: Duration

  package init(required: Int = 1, from: [String] = [], expires: Duration = ApprovalSettings.standardExpiry) {
    self.required = required
    self.from = from
    self.expires = expires
  }

  /// Where the document says nothing.
  package static let standardExpiry = Duration.seconds(86_400)
}

/// A step that begins a loop over the elements of an array.
package struct IterationStep: Equatable, Sendable {
  /// The array.
  package var items: VariablePath
  /// Elements that are taken at once; `nil`: one, which is then `response` itself and not an array of one.
  package var batch: Int?
  /// Runbook variables set from each element, which `response` names.
  package var outputs: [VariableBinding]

  package static let largestBatch = 100_000

  package init(items: VariablePath, batch: Int? = nil, outputs: [VariableBinding] = []) {
    self.items = items
    self.batch = batch
    self.outputs = outputs
  }
}

/// A step that ends this run and starts another runbook.
package struct StartRunbookStep: Equatable, Sendable {
  /// The id of the runbook.
  package var runbook: String
  /// Variables of that runbook and what they begin with, evaluated here.
  package var variables: [VariableBinding]

  package init(runbook: String, variables: [VariableBinding] = []) {
    self.runbook = runbook
    self.variables = variables
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
