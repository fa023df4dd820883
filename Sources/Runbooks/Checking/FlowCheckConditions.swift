import Labels

/// What the conditions of a runbook may ask about guarded values (docs/spec/labels.md §5): presence, emptiness, and
/// equality with a value that has no origin.
struct FlowCheckConditions {
  /// How often a run may decide on one secret.
  static let mostBits = DisclosedBits.defaultLimit

  private let rows: [String: [ConditionRow]]
  private let encrypted: Set<String>
  /// Variables that only ever hold what the document says.
  private let constants: Set<String>
  private let loops: FlowCheckLoops
  private let maximumVisits: Int

  init(_ runbook: RunbookDocument, method: (MethodReference) -> Method?) {
    var rows: [String: [ConditionRow]] = [:]
    for step in runbook.steps {
      if case .condition(let condition) = step.kind { rows[step.name] = Array(condition.groups.joined()) }
    }
    self.rows = rows
    encrypted = Set(runbook.variables.filter(\.encrypt).map(\.name))
    constants = Self.constants(of: runbook, method: method)
    loops = FlowCheckLoops(runbook)
    maximumVisits = runbook.limits.maximumVisits ?? Int.max
  }

  /// Whether the row asks for more than that, where a guarded value reaches it.
  func mayRefuse(_ step: String, _ row: Int) -> Bool {
    guard let row = rows[step]?[row] else { return false }
    switch row.op {
    case .hasValue, .hasNoValue: return false
    case .equals, .notEquals: return !isConstant(row.left) && !(row.right.map(isConstant) ?? true)
    default: return true
    }
  }

  /// Whether it is refused whatever the values are: an encrypted variable is guarded however it is set.
  func surelyRefuses(_ step: String, _ row: Int) -> Bool {
    guard let row = rows[step]?[row] else { return false }
    switch row.op {
    case .hasValue, .hasNoValue, .equals, .notEquals: return false
    default: return readsEncrypted(row.left) || (row.right.map(readsEncrypted) ?? false)
    }
  }

  /// Whether a run can come to the step more often than it may decide on one secret.
  func repeats(_ step: String) -> Bool {
    loops.iterated.contains(step) || (loops.steps.contains(step) && maximumVisits > Self.mostBits)
  }

  private func readsEncrypted(_ operand: Operand) -> Bool {
    operand.paths.contains { if case .variable(let name) = $0.rootKind { encrypted.contains(name) } else { false } }
  }

  private func isConstant(_ operand: Operand) -> Bool {
    operand.paths.allSatisfy { path in
      switch path.rootKind {
      case .variable(let name): constants.contains(name)
      case .failure, .builtIn: true
      default: false
      }
    }
  }

  /// Declared with a value, not encrypted, and set by nothing.
  private static func constants(
    of runbook: RunbookDocument, method: (MethodReference) -> Method?
  ) -> Set<String> {
    var set = Set((runbook.start.publicStart?.inputs ?? []).map(\.name))
    for case .method(let call) in runbook.steps.map(\.kind) {
      set.formUnion((call.outputs + (method(call.method)?.outputs ?? [])).map(\.name))
    }
    return Set(
      runbook.variables.filter { variable in
        guard case .json = variable.initialValue else { return false }
        return !variable.encrypt && variable.from == nil && !set.contains(variable.name)
      }.map(\.name))
  }
}
