/// A runbook as its author wrote it: a graph of steps, how it may be started, the variables it declares.
///
/// A pure value without any secret: what is secret is either a reference (`SecretReference`) or *sealed*,
/// that is, entered elsewhere and only named here. Places in the source file live beside it
/// (`DocumentPlaces`), so that two documents that say the same are equal.
package struct RunbookDocument: Equatable, Sendable {
  /// Stable and unique. The start URL ends in it.
  package var id: String
  /// Unique among runbooks, for people.
  package var name: String
  /// The group that lists show it under; `nil`: none.
  package var group: String?
  package var notes: String
  /// Only an active runbook starts. A draft (no steps) and a document with `inactiveReasons` cannot be
  /// activated.
  package var isActive: Bool
  package var start: StartAccess
  /// When it starts by itself, in the order of the document.
  package var schedules: [Schedule]
  /// In the order of the document. Names are unique.
  package var variables: [VariableDeclaration] { didSet { variablePlaces = NamePlaces() } }
  package var mode: ExecutionMode
  package var onFailure: FailureSettings
  /// Days that logs of runs are kept, at least 1.
  package var retentionDays: Int
  package var limits: RunLimitSettings
  /// In the order of the document. Names are unique.
  package var steps: [Step] { didSet { stepPlaces = NamePlaces() } }
  /// The name of the step that runs first; `nil` in a draft.
  package var startStep: String?
  /// What an import could not honour and what must be set or changed before it can be activated; empty
  /// for native documents, where the same things are errors.
  package var inactiveReasons: [String]
  /// Keys of an imported vendor document that the native form does not carry.
  package var vendor: VendorExtras
  private(set) var stepPlaces = NamePlaces()
  private(set) var variablePlaces = NamePlaces()

  package init(
    id: String, name: String? = nil, group: String? = nil, notes: String = "", isActive: Bool = true,
    start: StartAccess = .internalOnly, schedules: [Schedule] = [], variables: [VariableDeclaration] = [],
    mode: ExecutionMode = .parallel,
    onFailure: FailureSettings = FailureSettings(), retentionDays: Int = RunbookDocument.defaultRetentionDays,
    limits: RunLimitSettings = RunLimitSettings(), steps: [Step] = [], startStep: String? = nil,
    inactiveReasons: [String] = [], vendor: VendorExtras = VendorExtras()
  ) {
    self.id = id
    self.name = name ?? id
    self.group = group
    self.notes = notes
    self.isActive = isActive
    self.start = start
    self.schedules = schedules
    self.variables = variables
    self.mode = mode
    self.onFailure = onFailure
    self.retentionDays = retentionDays
    self.limits = limits
    self.steps = steps
    self.startStep = startStep
    self.inactiveReasons = inactiveReasons
    self.vendor = vendor
  }

  /// Where the document says nothing.
  package static let defaultRetentionDays = 30

  /// Disables it, or enables it: by somebody's word, so that it goes out as that in the vendor's form too.
  package mutating func setActive(_ isActive: Bool) {
    self.isActive = isActive
    vendor.entries.removeAll { $0.key == VendorRunbookImport.activeBefore.key }
  }

  /// The step of this name.
  package func step(named name: String) -> Step? {
    stepPlaces.place(of: name) { steps.map(\.name) }.map { steps[$0] }
  }

  /// The variable declared under this name.
  package func variable(named name: String) -> VariableDeclaration? {
    variablePlaces.place(of: name) { variables.map(\.name) }.map { variables[$0] }
  }

  /// What stands in the way of activating it, one clause each; empty when nothing does. A draft names
  /// itself here.
  package var activationObstacles: [String] {
    var obstacles = inactiveReasons + LaterFeatures.used(by: self).map(\.clause)
    if steps.isEmpty { obstacles.insert("it has no steps yet", at: 0) }
    if case .unset(let found)? = start.publicStart?.authentication {
      obstacles.append("the authentication of its public endpoint is not set: \(found)")
    }
    for step in steps {
      if case .unsupported(let what) = step.kind { obstacles.append("step `\(step.name)` cannot run: \(what)") }
    }
    return obstacles
  }
}

/// Whether runs that are triggered while another one runs wait for it.
package enum ExecutionMode: String, Sendable, CaseIterable {
  case parallel
  case series
}

/// The guards of one run, where the document sets its own; `nil`: the service's default.
package struct RunLimitSettings: Equatable, Sendable {
  /// Step visits in all.
  package var maximumSteps: Int?
  /// Visits of one step (`infinite_loop_threshold` of vendor documents).
  package var maximumVisits: Int?
  /// From the first step to the end, waits included.
  package var maximumRunTime: Duration?

  /// Runs under way at once, where it is fewer than the service lets a runbook have.
  package var maximumParallel: Int?

  package init(
    maximumSteps: Int? = nil, maximumVisits: Int? = nil, maximumRunTime: Duration? = nil, maximumParallel: Int? = nil
  ) {
    self.maximumSteps = maximumSteps
    self.maximumVisits = maximumVisits
    self.maximumRunTime = maximumRunTime
    self.maximumParallel = maximumParallel
  }

  /// Where the document says nothing.
  package static let standardSteps = 1_000
  package static let standardRunTime = Duration.seconds(86_400)

  /// Whether every limit is the default.
  package var isEmpty: Bool { self == RunLimitSettings() }
}
