import SourceText

extension StepKind {
  /// A step whose kind could not be read stands in the graph for as long as its faults are collected, so
  /// that edges to it are not taken for dangling.
  static let unreadable = StepKind.unsupported("")
}

/// Reads one step of a native runbook.
enum StepReader {
  private static let kindKeys = ["method", "condition", "end", "unsupported"]

  static func read(_ node: SourceNode, name: String, _ context: inout ReadingContext) -> Step? {
    guard let object = ObjectReader(node, as: .step, part: "steps.\(name)", &context) else { return nil }
    let success = edge("then", in: object, &context)
    let failure = edge("else", in: object, &context)
    let kind = kind(of: object, name: name, &context) ?? .unreadable
    switch kind {
    case .method: break
    case .end: object.refuse(["then", "else", "outputs"], because: "an end leads nowhere", &context)
    case .condition, .unsupported: object.refuse(["outputs"], because: "only a method has an answer", &context)
    }
    return Step(
      name: name, title: object.text("title", &context), kind: kind, onSuccess: success?.target,
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
          "step \(ShownName.of(name)) must have exactly one of method, condition, end")
      }
      return nil
    }
    switch key {
    case "method":
      guard let reference = methodReference(object, &context) else { return nil }
      return .method(MethodCallStep(method: reference, outputs: BindingReader.read("outputs", in: object, &context)))
    case "condition": return .condition(ConditionReader.read(node, part: object.path("condition"), &context))
    case "end": return object.choice("end", EndResult.self, &context).map { .end($0) }
    default: return object.text("unsupported", &context).map { .unsupported($0) }
    }
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
