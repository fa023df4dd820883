import SourceText

extension StepKind {
  /// A step whose kind could not be read stands in the graph for as long as its faults are collected, so
  /// that edges to it are not taken for dangling.
  static let unreadable = StepKind.unsupported("")
}

/// Reads one step of a native runbook.
enum StepReader {
  static let kindKeys = [
    "method", "sql", "condition", "iterate", "next", "sleep", "start_runbook", "sign", "verify", "encrypt", "decrypt",
    "end", "unsupported",
  ]

  static func read(_ node: SourceNode, name: String, _ context: inout ReadingContext) -> Step? {
    guard let object = ObjectReader(node, as: .step, part: "steps.\(name)", &context) else { return nil }
    let success = edge("then", in: object, &context)
    let failure = edge("else", in: object, &context)
    let kind = kind(of: object, name: name, &context)
    // What belongs to a kind that could not be read is told when it can.
    if let kind { refuseStrangers(object, kind, &context) }
    return Step(
      name: name, title: object.text("title", &context), kind: kind ?? .unreadable, onSuccess: success?.target,
      onFailure: failure?.target, successEdgeName: success?.name, failureEdgeName: failure?.name,
      vendor: VendorReader.extras(of: object, &context))
  }

  private static func kind(of object: ObjectReader, name: String, _ context: inout ReadingContext) -> StepKind? {
    let given = kindKeys.filter(object.has)
    guard given.count == 1, let key = given.first, let node = object.value(key) else {
      let hasLater = object.node.keys.contains { LaterKeys.isLater($0, in: .step) }
      if !hasLater || given.count > 1 {
        context.error(
          given.isEmpty ? .missingKey : .conflictingKeys, at: object.node.place,
          "step \(ShownName.of(name)) must have exactly one of "
            + kindKeys.dropLast().joined(separator: ", "))
      }
      return nil
    }
    switch key {
    case "method":
      guard let reference = methodReference(object, &context) else { return nil }
      return .method(
        MethodCallStep(
          method: reference, outputs: BindingReader.read("outputs", in: object, &context),
          encryptResponse: object.bool("encrypt_response", &context) ?? false,
          approval: approval(object, &context), timeout: object.duration("timeout", &context),
          retry: RetryReader.read(object, &context)))
    case "sql": return sql(object, &context)
    case "condition": return .condition(ConditionReader.read(node, part: object.path("condition"), &context))
    case "iterate":
      guard let expression = TextReader.expression(node, what: "`iterate`", &context) else { return nil }
      guard case .path(let items) = expression else {
        context.error(.badValue, at: node.place, "`iterate` must be one variable that holds an array: <<users>>")
        return nil
      }
      return .iterate(
        IterationStep(
          items: items, batch: object.integer("batch", &context),
          outputs: BindingReader.read("outputs", in: object, &context)))
    case "next": return object.text("next", &context).map { .next(of: $0) }
    case "sleep":
      return object.duration("sleep", &context).map { .sleep($0) }
    case "start_runbook":
      guard let runbook = object.text("start_runbook", &context) else { return nil }
      return .startRunbook(
        StartRunbookStep(runbook: runbook, variables: handedOver(in: object, &context)))
    case "end": return object.choice("end", EndResult.self, &context).map { .end($0) }
    case "sign", "verify", "encrypt", "decrypt":
      guard let work = KeyStep.Work(rawValue: key) else { return nil }
      return KeyStepReader.read(work, object, &context).map { .key($0) }
    default: return object.text("unsupported", &context).map { .unsupported($0) }
    }
  }

  /// What a started runbook begins with; it has no arrays of this run to append to.
  private static func handedOver(in object: ObjectReader, _ context: inout ReadingContext) -> [VariableBinding] {
    let variables = BindingReader.read("variables", in: object, &context)
    for variable in variables where variable.appends {
      context.error(
        .conflictingKeys, at: object.keyPlace("variables"),
        "`append` of \(ShownName.of(variable.name)) cannot stand here: the other runbook begins with these values")
    }
    return variables
  }

  /// Keys that belong to other kinds of step.
  private static func refuseStrangers(_ object: ObjectReader, _ kind: StepKind, _ context: inout ReadingContext) {
    switch kind {
    case .method, .sql, .iterate: break
    case .key(let key):
      if key.resultName == nil { object.refuse(["outputs"], because: "its answer is the edge that is taken", &context) }
    case .end: object.refuse(["then", "else", "outputs"], because: "an end leads nowhere", &context)
    case .startRunbook:
      object.refuse(["then", "outputs"], because: "the run ends here and the other one begins", &context)
    case .next, .sleep: object.refuse(["else", "outputs"], because: "it cannot fail and has no answer", &context)
    case .condition, .unsupported: object.refuse(["outputs"], because: "only a method has an answer", &context)
    }
    if case .sql = kind {} else { refuseSQLKeys(object, &context) }
    switch kind {
    case .method, .sql: break
    default: object.refuse(["encrypt_response"], because: "only `method` and `sql` have an answer", &context)
    }
    if case .iterate = kind {} else { object.refuse(["batch"], because: "only `iterate` takes batches", &context) }
    if case .key = kind {
    } else {
      object.refuse(KeyStepReader.keys, because: "only sign, verify, encrypt and decrypt have it", &context)
    }
    switch kind {
    case .method, .sql: break
    case .condition, .iterate, .next, .sleep, .startRunbook, .key, .end, .unsupported:
      object.refuse(["approval"], because: "only what leaves can be approved", &context)
      object.refuse(["retry", "timeout"], because: "only what leaves has attempts", &context)
    }
    if case .startRunbook = kind {
    } else {
      object.refuse(["variables"], because: "only `start_runbook` gives variables to another runbook", &context)
    }
  }

  static func approval(_ object: ObjectReader, _ context: inout ReadingContext) -> ApprovalSettings? {
    guard let node = object.value("approval"),
      let reader = ObjectReader(node, as: .approval, part: object.path("approval"), &context)
    else { return nil }
    if let from = reader.value("from"), let names = from.sequence {
      for (index, name) in names.enumerated() {
        context.places.note("\(reader.path("from")).\(index)", at: name.place)
      }
      if names.isEmpty {
        context.error(
          .badValue, at: from.place,
          "`from` names nobody, and without names everybody may approve who may answer at all",
          remedy: "name logins in `from`, or remove it")
      }
    }
    return ApprovalSettings(
      required: reader.integer("required", &context) ?? 1, from: reader.texts("from", &context),
      expires: reader.duration("expires", &context) ?? ApprovalSettings.standardExpiry)
  }

  private static func methodReference(_ object: ObjectReader, _ context: inout ReadingContext) -> MethodReference? {
    guard let text = object.text("method", &context), let node = object.value("method") else { return nil }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts.allSatisfy(NameRules.isIdentifier) else {
      context.error(.badValue, at: node.place, "`method` must be INTEGRATION/METHOD")
      return nil
    }
    return .named(integration: parts[0], method: parts[1])
  }

  private static func edge(
    _ key: String, in object: ObjectReader, _ context: inout ReadingContext
  ) -> (target: String, name: String?)? {
    guard let node = object.value(key) else { return nil }
    guard node.mapping != nil else { return object.text(key, &context).map { ($0, nil) } }
    guard let reader = ObjectReader(node, as: .edge, part: object.path(key), &context),
      let target = reader.text("step", &context)
    else { return nil }
    return (target, reader.text("name", &context))
  }
}
