import SourceText

/// Writes the steps of a runbook in the vendor's form. A step that was imported comes out as it came in, but for what was
/// changed since.
struct VendorStepsExport {
  private let document: RunbookDocument
  private let integrations: [String: IntegrationDocument]
  private let numbers: [String: Int64]
  private let names: [Int64: String]

  init(_ document: RunbookDocument, integrations: [String: IntegrationDocument]) {
    self.document = document
    self.integrations = integrations
    var numbers: [String: Int64] = [:]
    var names: [Int64: String] = [:]
    for step in document.steps {
      let kept = step.vendor["step_id"].flatMap { StoredDocument.node(Array($0.utf8)) }
      guard let number = kept?.whole, names[number] == nil else { continue }
      numbers[step.name] = number
      names[number] = step.name
    }
    var next = max(1, (names.keys.max() ?? 0) &+ 1)
    for step in document.steps where numbers[step.name] == nil {
      numbers[step.name] = next
      names[next] = step.name
      next &+= 1
    }
    self.numbers = numbers
    self.names = names
  }

  func steps() -> [VendorJSON] {
    var taken: Set<String> = []
    return document.steps.map { step in
      var json = VendorJSON(step.vendor)
      let number = numbers[step.name] ?? 0
      json.keep("step_id", number)
      name(step, number, &taken, &json)
      if (json.node?["isstart"]?.flag ?? false) != (step.name == document.startStep) {
        json.set("isstart", step.name == document.startStep)
      }
      kind(step, &json)
      edges(step, number, &json)
      return json
    }
  }

  /// The title, where an import makes the step's name of it; else the name.
  private func name(_ step: Step, _ number: Int64, _ taken: inout Set<String>, _ json: inout VendorJSON) {
    func imported(_ text: String?) -> String {
      let slug = text.flatMap(VendorName.slug) ?? "step-\(number)"
      return VendorName.unused(slug, number: number, taken: taken)
    }
    defer { taken.insert(step.name) }
    let kept = json.node?["name"]?.text.flatMap { $0.isEmpty ? nil : $0 }
    if imported(kept) == step.name, kept ?? step.name == step.title { return }
    json.set("name", imported(step.title) == step.name ? step.title : step.name)
  }

  private func kind(_ step: Step, _ json: inout VendorJSON) {
    switch step.kind {
    case .condition(let condition):
      json.keep("steptype", 1)
      self.condition(condition, step, &json)
    case .method(let call):
      action(6, &json)
      json.set("auto_action_type_guid", guid(call.method))
      VendorRowsExport.encryption(call.encryptResponse, call.outputs, to: &json)
      outputs(call.outputs, step, &json)
    case .sql(let sql):
      action(18, &json)
      VendorSQL.write(sql, to: &json)
      outputs(sql.outputs, step, &json)
    case .iterate(let iteration):
      action(12, &json)
      iterate(iteration, &json)
      outputs(iteration.outputs, step, &json)
    case .next: action(13, &json)
    case .sleep(let duration):
      action(21, &json)
      json.keep("duration", duration.components.seconds)
    case .startRunbook(let start):
      action(24, &json)
      if json.node?["start_new_runbook_id"]?.text != start.runbook { json.set("start_new_runbook_id", start.runbook) }
      json.setRows(
        "runbook_variable_mappings", start.variables.map(VendorRowsExport.handedOver), blanks: step.vendor)
    case .end(let result):
      json.keep("steptype", 3)
      let number: Int64 =
        switch result {
        case .success: 0
        case .failure: 1
        case .failureRetryFromStart: 2
        }
      if json.node?["auto_action"]?.whole ?? 0 != number || step.vendor.isEmpty { json.set("auto_action", number) }
      if step.vendor.isEmpty { json.set("isend", true) }
    // The vendor has none; what is lost is named where the document is exported.
    case .key, .unsupported: break
    }
  }

  private func action(_ number: Int64, _ json: inout VendorJSON) {
    json.keep("steptype", 2)
    json.keep("auto_action", number)
  }

  /// The id of the method; one that was named by its number in the vendor's tables keeps that alone.
  private func guid(_ reference: MethodReference) -> String? {
    switch reference {
    case .named(let integration, let name):
      integrations[integration]?.methods.first { $0.name == name }?.id
    case .unresolved(let guid): guid
    }
  }

  /// Outputs of an import were in two tables, one behind the other.
  private func outputs(_ outputs: [VariableBinding], _ step: Step, _ json: inout VendorJSON) {
    let mapped = min(step.vendor[VendorSteps.mappedOutputs].flatMap { Int($0) } ?? 0, outputs.count)
    json.setRows(
      "output_variables", outputs.dropLast(mapped).map(VendorRowsExport.binding), blanks: step.vendor)
    json.setRows(
      "runbook_variable_mappings", outputs.suffix(mapped).map(VendorRowsExport.binding), blanks: step.vendor)
  }

  private func iterate(_ iteration: IterationStep, _ json: inout VendorJSON) {
    let kept = json.node?["message"]?.text.flatMap { try? VariableExpression(parsing: $0) }
    if kept != .path(iteration.items) { json.set("message", "<<\(iteration.items.text)>>") }
    let size = json.node?["iteration_batch_size"]?.whole ?? 0
    let isBatch = json.node?["use_batch_response"]?.flag == true && size > 1
    guard (isBatch ? min(size, Int64(IterationStep.largestBatch)) : nil) != iteration.batch.map(Int64.init) else {
      return
    }
    json.set("use_batch_response", iteration.batch != nil)
    json.set("iteration_batch_size", Int64(iteration.batch ?? 1))
  }

  private func condition(_ condition: ConditionGroups, _ step: Step, _ json: inout VendorJSON) {
    var context = ReadingContext(file: "kept")
    if json.has("step_conditions") || step.vendor["steptype"] != nil, let node = json.node,
      let object = VendorObject(node, what: "the step", &context),
      VendorConditions.read(object, part: "", &context) == step.kind
    {
      return
    }
    json.setRows("step_conditions", (condition.groups.first ?? []).map(VendorConditions.json))
  }

  private func edges(_ step: Step, _ number: Int64, _ json: inout VendorJSON) {
    var context = ReadingContext(file: "kept")
    if let node = json.node, node["actions"] != nil, let object = VendorObject(node, what: "the step", &context) {
      var read = Step(name: step.name, kind: step.kind)
      VendorEdges(number, step: step.name, names: names).read(object, into: &read, &context)
      let isSame =
        read.onSuccess == step.onSuccess && read.onFailure == step.onFailure
        && read.successEdgeName == step.successEdgeName && read.failureEdgeName == step.failureEdgeName
      if isSame, !context.faults.hasErrors { return }
    }
    var edges = [
      edge(of: step, number, step.onSuccess.flatMap { numbers[$0] }, .success),
      edge(of: step, number, step.onFailure.flatMap { numbers[$0] }, .failure),
    ].compactMap { $0 }
    if case .next = step.kind, let back = edge(of: step, number, VendorEdges.loopBack, .failure) {
      edges.append(back)
    }
    guard !edges.isEmpty || json.has("actions") else { return }
    json.set("actions", json: "[" + edges.map(\.text).joined(separator: ",") + "]")
  }

  /// With what the vendor's own server needs: it makes nothing of an edge without its type.
  private func edge(of step: Step, _ number: Int64, _ target: Int64?, _ outcome: StepOutcome) -> VendorJSON? {
    guard let target else { return nil }
    let isSuccess = outcome == .success
    var json = VendorJSON()
    json.set("start_step", number)
    json.set("end_step", target)
    if let type = VendorEdges.actionType(of: step.kind) {
      json.set("action_type", type)
      json.set("action_id", -type)
    }
    json.set("seq", isSuccess ? 1 : 2)
    json.set("approval_result", isSuccess ? 1 : 0)
    json.set("action_name", isSuccess ? step.successEdgeName : step.failureEdgeName)
    return json
  }
}

extension VendorConditions {
  /// A row in the vendor's form.
  static func json(_ row: ConditionRow) -> VendorJSON {
    var json = VendorJSON(row.vendor)
    if row.op != .hasValue || row.vendor["type"] != String(toAnyValue) { json.set("type", row.op.vendorNumber) }
    if case .path(let path) = row.left {
      let isTicket = path.root == "ticket" && path.text.hasPrefix("ticket^")
      json.set("tablename", isTicket ? "faults" : "runbookvariable")
      json.set("fieldname", isTicket ? String(path.text.dropFirst("ticket^".count)) : "<<\(path.text)>>")
    }
    guard let right = row.right else { return json }
    for key in ["value_string", "value_int", "value_float", "value_datetime"] where json.has(key) {
      json.set(key, json: "null")
    }
    if case .literal(.number(let number)) = right {
      let isWhole = Int64(number) != nil
      json.set("value_type", isWhole ? "int" : "float")
      json.set(isWhole ? "value_int" : "value_float", json: number)
    } else {
      json.set("value_type", "string")
      json.set("value_string", text(right))
    }
    return json
  }

  private static func text(_ operand: Operand) -> String {
    switch operand {
    case .path(let path): "<<\(path.text)>>"
    case .template(let template): template.source
    case .literal(.text(let text)): text
    case .literal(.number(let number)): number
    case .literal(.bool(let flag)): flag ? "1" : "0"
    case .literal(.null): ""
    case .list(let members): members.map(text).joined(separator: ",")
    }
  }
}
