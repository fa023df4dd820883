import SourceText

/// Imports the edges of one step. `seq` 1 is success and 2 failure, `approval_result` says the same as 1 and 0.
struct VendorEdges {
  /// The target that leads back to the beginning of an iteration.
  static let loopBack: Int64 = -98

  private struct Edge {
    let place: SourcePlace
    let outcome: StepOutcome
    let target: Int64
    let name: String?
  }

  let number: Int64
  let step: String
  let names: [Int64: String]

  init(_ number: Int64, step: String, names: [Int64: String]) {
    self.number = number
    self.step = step
    self.names = names
  }

  /// The original edges stay among the step's extras: they say more than the native form.
  func read(_ object: VendorObject, into step: inout Step, _ context: inout ReadingContext) {
    // A blank line of the table is none, and is kept with the others.
    let nodes = object.elements("actions", &context).enumerated().filter { !VendorObject.isBlankRow($0.element) }
    if case .end = step.kind, let first = nodes.first {
      context.error(.conflictingKeys, at: first.element.place, "the end \(shown) has an edge")
      return
    }
    var edges: [Edge] = []
    for (index, node) in nodes {
      guard let edge = edge(node, index: index, &context) else { continue }
      if case .unsupported = step.kind {} else { warn(about: node, index: index, of: step.kind, &context) }
      edges.append(edge)
    }
    guard !reportEqual(edges, &context) else { return }
    for edge in edges { follow(edge, into: &step, &context) }
  }

  private var shown: String { ShownName.of(step) }

  private func edge(_ node: SourceNode, index: Int, _ context: inout ReadingContext) -> Edge? {
    let what = "edge \(index + 1) of step \(shown)"
    guard node.mapping != nil, let object = VendorObject(node, what: what, &context) else {
      context.warn(.vendorKeyKept, at: node.place, "\(what) is no object: it is kept and not honoured")
      return nil
    }
    if let from = object.integer("start_step", &context), from != number {
      context.error(
        .edgeDisagrees, at: object.place("start_step"),
        "\(object.what) says that it begins at step \(from), not \(number)")
      return nil
    }
    let bySequence = outcome(object, "seq", object.integer("seq", &context), failure: 2, &context)
    let byResult = outcome(object, "approval_result", result(object, &context), failure: 0, &context)
    guard let outcome = bySequence ?? byResult else {
      context.error(.edgeDisagrees, at: node.place, "\(object.what) has neither a usable `seq` nor `approval_result`")
      return nil
    }
    if let bySequence, let byResult, bySequence != byResult {
      context.error(
        .edgeDisagrees, at: object.place("approval_result"),
        "\(object.what) is the \(bySequence.rawValue) edge by `seq` and the \(byResult.rawValue) edge "
          + "by `approval_result`"
      )
      return nil
    }
    guard let target = object.integer("end_step", &context) else {
      context.warn(
        .danglingEdge, at: node.place,
        "\(object.what) leads nowhere: it has no usable `end_step`, is kept, and is not followed")
      return nil
    }
    context.places.note("steps.\(step).\(outcome == .success ? "then" : "else")", at: object.place("end_step"))
    return Edge(place: node.place, outcome: outcome, target: target, name: object.text("action_name", &context))
  }

  /// Kept without a word: ids, what says again where it leads, how the vendor's client sorts.
  private static let quiet: Set<String> = [
    "id", "guid", "fdid", "fsdid", "flow_id", "chatprofile_id", "start_step", "end_step", "action_type", "action_id",
    "action_name", "seq", "approval_result", "chat_selection_order",
  ]

  /// The `action_type` of edges that leave a step of this kind.
  static func actionType(of kind: StepKind) -> Int64? {
    switch kind {
    case .condition: 12
    case .method: 17
    case .iterate: 22
    case .next: 23
    case .sql: 29
    case .sleep: 32
    case .startRunbook, .key, .end, .unsupported: nil
    }
  }

  private func warn(
    about node: SourceNode, index: Int, of kind: StepKind, _ context: inout ReadingContext
  ) {
    guard let object = VendorObject(node, what: "edge \(index + 1) of step \(shown)", &context) else { return }
    object.warnAboutKept(quiet: Self.quiet, &context)
    guard let type = object.integer("action_type", &context), let expected = Self.actionType(of: kind),
      type != 0, type != expected
    else { return }
    context.warn(
      .edgeDisagrees, at: object.place("action_type"),
      "\(object.what) has the `action_type` \(type), where edges of such a step have \(expected): the step counts")
  }

  /// The way of an edge where its step is looked at without a word: as `read` takes it.
  static func isSuccess(_ edge: SourceNode) -> Bool {
    switch edge["seq"]?.whole {
    case 1: true
    case 2: false
    case _?, nil: result(edge["approval_result"]) != 0
    }
  }

  /// 1 and 0, or true and false.
  private static func result(_ node: SourceNode?) -> Int64? { node.flatMap { $0.whole ?? $0.flag.map { $0 ? 1 : 0 } } }

  private func result(_ object: VendorObject, _ context: inout ReadingContext) -> Int64? {
    Self.result(object.node["approval_result"]) ?? object.integer("approval_result", &context)
  }

  /// Another number is named, and the other of the two keys counts.
  private func outcome(
    _ object: VendorObject, _ key: String, _ number: Int64?, failure: Int64, _ context: inout ReadingContext
  ) -> StepOutcome? {
    switch number {
    case 1: return .success
    case failure: return .failure
    case nil: return nil
    case let other?:
      context.warn(.vendorNumberUnknown, at: object.place(key), "`\(key)` \(other) of \(object.what) is not known")
      return nil
    }
  }

  /// Two edges for one outcome: the vendor's own server loses one of them silently, here both are named.
  private func reportEqual(_ edges: [Edge], _ context: inout ReadingContext) -> Bool {
    var isEqual = false
    for outcome in StepOutcome.allCases {
      let same = edges.filter { $0.outcome == outcome }
      guard same.count > 1, let last = same.last else { continue }
      isEqual = true
      let targets = same.map { ShownName.of(names[$0.target] ?? "step \($0.target)") }.joined(separator: " and ")
      context.error(
        .equalEdges, at: last.place, "step \(shown) has \(same.count) \(outcome.rawValue) edges, to \(targets)")
    }
    return isEqual
  }

  private func follow(_ edge: Edge, into step: inout Step, _ context: inout ReadingContext) {
    if setAside(edge, of: step.kind, &context) { return }
    let target = names[edge.target]
    if target == nil {
      if edge.target == Self.loopBack {
        if case .unsupported = step.kind { return }
      }
      context.error(
        .danglingEdge, at: edge.place,
        "the \(edge.outcome.rawValue) edge of step \(shown) leads to step \(edge.target), which is not there")
      return
    }
    switch edge.outcome {
    case .success:
      step.onSuccess = target
      step.successEdgeName = edge.name
    case .failure:
      step.onFailure = target
      step.failureEdgeName = edge.name
    }
  }

  /// An edge that the native step cannot have: kept with the others, and named.
  ///
  /// - Returns: whether it is one.
  private func setAside(_ edge: Edge, of kind: StepKind, _ context: inout ReadingContext) -> Bool {
    let reason: String
    switch (kind, edge.outcome) {
    case (.sleep, .failure): reason = "a sleep cannot fail"
    case (.startRunbook, .success): reason = "the run ends there, and the other one begins"
    case (.next(let begin), .failure):
      guard edge.target != Self.loopBack else { return true }
      guard names[edge.target] == begin else {
        context.obstruct(
          "the failure edge of step \(shown) leads elsewhere than back to its iteration", at: edge.place)
        return true
      }
      context.warn(
        .readAs, at: edge.place,
        "the failure edge of step \(shown) leads to \(ShownName.of(begin)): it is read as the way back to its "
          + "iteration")
      return true
    default: return false
    }
    context.warn(
      .vendorKeyKept, at: edge.place,
      "the \(edge.outcome.rawValue) edge of step \(shown) is kept and not followed: \(reason)")
    return true
  }
}
