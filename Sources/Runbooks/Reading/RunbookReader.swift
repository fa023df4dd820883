import Labels
import SourceText

/// Reads a native runbook.
enum RunbookReader {
  static func read(_ node: SourceNode, _ context: inout ReadingContext) -> RunbookDocument? {
    guard let object = ObjectReader(node, as: .runbook, part: "", &context) else { return nil }
    let id = object.text("runbook", &context)
    if let id {
      NameRules.checkIdentifier(id, what: "the id", at: object.value("runbook")?.place ?? node.place, &context)
    }
    let steps = object.map("steps", &context).compactMap { name, key, value in
      NameRules.checkIdentifier(name, what: "the step", at: key.place, &context)
      return StepReader.read(value, name: name, &context)
    }
    let start = StartReader.read(in: object, runbook: id ?? "", &context)
    let document = RunbookDocument(
      id: id ?? "", name: object.text("name", &context), group: object.text("group", &context),
      notes: object.text("notes", &context) ?? "",
      isActive: object.bool("active", &context) ?? !steps.isEmpty,
      start: start.access, schedules: start.schedules,
      variables: variables(in: object, runbook: id ?? "", &context),
      mode: object.choice("mode", ExecutionMode.self, &context) ?? .parallel,
      onFailure: FailureReader.read(in: object, &context),
      retentionDays: object.integer("retention_days", &context) ?? RunbookDocument.defaultRetentionDays,
      limits: limits(in: object, &context), steps: steps,
      startStep: object.text("first", &context) ?? steps.first?.name,
      inactiveReasons: object.texts("inactive_reasons", &context), vendor: VendorReader.extras(of: object, &context))
    return id == nil ? nil : document
  }

  private static func limits(in object: ObjectReader, _ context: inout ReadingContext) -> RunLimitSettings {
    guard let node = object.value("limits"),
      let reader = ObjectReader(node, as: .limits, part: "limits", &context)
    else { return RunLimitSettings() }
    return RunLimitSettings(
      maximumSteps: reader.integer("max_steps", &context), maximumVisits: reader.integer("max_visits", &context),
      maximumRunTime: reader.duration("max_run_time", &context),
      maximumParallel: reader.integer("max_parallel", &context))
  }

  private static func variables(
    in object: ObjectReader, runbook: String, _ context: inout ReadingContext
  ) -> [VariableDeclaration] {
    object.map("variables", &context).compactMap { name, key, node in
      NameRules.checkVariable(name, at: key.place, &context)
      if node.isNull { return VariableDeclaration(name: name) }
      guard node.mapping != nil else {
        guard node.sequence == nil else {
          context.error(
            .wrongType, at: node.place, "a variable is a value or a mapping, not a list",
            remedy: "write default: before the list")
          return nil
        }
        return VariableDeclaration(name: name, initialValue: .json(json(node)))
      }
      guard let reader = ObjectReader(node, as: .variable, part: "variables.\(name)", &context) else { return nil }
      return variable(reader, name: name, runbook: runbook, &context)
    }
  }

  private static func variable(
    _ reader: ObjectReader, name: String, runbook: String, _ context: inout ReadingContext
  ) -> VariableDeclaration {
    let encrypt = reader.bool("encrypt", &context) ?? false
    let from = reader.value("from").flatMap { TextReader.expression($0, what: "`from`", &context) }
    let hosts = reader.has("hosts") ? reader.texts("hosts", &context) : nil
    if hosts != nil, !encrypt {
      context.error(
        .conflictingKeys, at: reader.keyPlace("hosts"), "`hosts` cannot stand here: the variable is not encrypted")
    }
    return VariableDeclaration(
      name: name, type: reader.choice("type", ValueType.self, &context),
      initialValue: initialValue(reader, encrypt: encrypt, name: name, runbook: runbook, &context), encrypt: encrypt,
      hosts: hosts, from: from, valueMappings: BindingReader.mappings(in: reader, &context),
      persist: reader.bool("persist", &context) ?? false, isInput: reader.bool("input", &context) ?? false,
      vendor: VendorReader.extras(of: reader, &context))
  }

  private static func initialValue(
    _ reader: ObjectReader, encrypt: Bool, name: String, runbook: String, _ context: inout ReadingContext
  ) -> InitialValue {
    if let secret = reader.value("secret") {
      reader.refuse(["default", "from", "sealed"], because: "the value comes from the key/value store", &context)
      return TextReader.reference(secret, what: "`secret`", &context).map { .secret($0) } ?? .none
    }
    if reader.bool("sealed", &context) == true {
      reader.refuse(["default"], because: "a sealed value is never written in a document", &context)
      if !encrypt {
        context.error(
          .conflictingKeys, at: reader.keyPlace("sealed"), "a sealed variable is always encrypted",
          remedy: "add encrypt: true")
      }
      return .sealed
    }
    // A default may be null, so presence is asked of the node itself.
    if let value = reader.node["default"] {
      guard encrypt else { return .json(json(value)) }
      context.seal(
        value.string ?? json(value), as: .variable(runbook: runbook, name: name),
        what: "the value of \(ShownName.of(name))", at: value.place)
      return .sealed
    }
    return encrypt && !reader.has("from") ? .sealed : .none
  }

  private static func json(_ node: SourceNode) -> String {
    String(decoding: node.jsonText, as: UTF8.self)
  }
}
