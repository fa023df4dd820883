import SourceText

/// Imports the rows of a vendor condition (`AutoassignCriteria`).
enum VendorConditions {
  static func read(_ object: VendorObject, part: String, _ context: inout ReadingContext) -> StepKind {
    if object.bool("use_criteria_groups", &context, unreadable: true) == true, object.says("criteria_groups") {
      return .unsupported("a condition with `criteria_groups`, whose form is not known")
    }
    // Without rows it would be met.
    if object.isNoList("step_conditions") { return .unsupported("a condition whose `step_conditions` is no list") }
    context.places.note("\(part).condition", at: object.place("step_conditions"))
    var rows: [ConditionRow] = []
    for (index, node) in object.elements("step_conditions", &context).enumerated() where !isBlankRow(node) {
      let what = "condition \(index + 1)"
      guard node.mapping != nil, let row = VendorObject(node, what: what, &context) else {
        return .unsupported("\(what): it is no object")
      }
      switch read(row, &context) {
      case .success(let read): rows.append(read)
      case .failure(let obstacle): return .unsupported("\(row.what): \(obstacle.text)")
      }
    }
    return .condition(ConditionGroups(groups: [rows]))
  }

  /// The row itself, and what the vendor's client shows of it.
  private static let quiet: Set<String> = [
    "id", "chatprofile_id", "tablename", "fieldname", "type", "value_type", "value_int", "value_float", "value_string",
    "value_datetime", "value_display",
  ]

  private struct Obstacle: Error {
    let text: String
  }

  /// A line that compares nothing with nothing; it is left among what is kept.
  private static func isBlankRow(_ node: SourceNode) -> Bool {
    guard let members = node.mapping else { return VendorObject.isBlank(node) }
    return members.allSatisfy { member in
      ["id", "chatprofile_id", "value_type", "use"].contains(member.key.text) || VendorObject.isBlank(member.value)
    }
  }

  private static func read(_ row: VendorObject, _ context: inout ReadingContext) -> Result<ConditionRow, Obstacle> {
    if row.isNoNumber("type") { return .failure(Obstacle(text: "its `type` is no whole number")) }
    let number = row.integer("type", &context) ?? 0
    let isToAnyValue = number == toAnyValue
    guard let op = isToAnyValue ? .hasValue : ConditionOperator.allCases.first(where: { $0.vendorNumber == number })
    else {
      return .failure(Obstacle(text: "operator \(number) is not known"))
    }
    guard let field = row.text("fieldname", &context) else { return .failure(Obstacle(text: "it has no `fieldname`")) }
    let table = row.text("tablename", &context) ?? ""
    let left: VariablePath?
    switch table {
    case "runbookvariable": left = variable(field)
    case "faults": left = try? VariablePath(parsing: "ticket^\(field)")
    default: return .failure(Obstacle(text: "`tablename` \(ShownName.of(table)) is not known"))
    }
    guard let left else { return .failure(Obstacle(text: "`fieldname` is no path")) }
    let right = op.takesRight ? right(row, op: op, &context) : nil
    if op.takesRight, right == nil { return .failure(Obstacle(text: "it has no value")) }
    var vendor = row.extras(&context)
    if isToAnyValue {
      context.warn(
        .readAs, at: row.place("type"),
        "operator \(toAnyValue), \"to any value\", of \(row.what) is read as `has_value`: a condition step sees no change"
      )
      if vendor["type"] == nil {
        vendor.entries.append(VendorExtras.Entry(key: "type", json: String(toAnyValue)))
      }
    }
    row.warnAboutKept(quiet: quiet, &context)
    return .success(ConditionRow(left: .path(left), op: op, right: right, vendor: vendor))
  }

  /// Of event criteria: the field changes, whatever its value is then (runbook-documents.md §2.4).
  static let toAnyValue: Int64 = -10

  /// `<<name>>`, or the bare name.
  private static func variable(_ text: String) -> VariablePath? {
    guard case .path(let path)? = try? VariableExpression(parsing: text) else { return nil }
    return path
  }

  private static func right(
    _ row: VendorObject, op: ConditionOperator, _ context: inout ReadingContext
  ) -> Operand? {
    guard let (key, node) = value(of: row, &context), let text = node.text else { return nil }
    if op == .isIn || op == .isNotIn {
      return .list(members(text).map { .literal(.text($0)) })
    }
    if isNumber(node, key) { return .literal(.number(text)) }
    guard Template.opens(in: text), let expression = try? VariableExpression(parsing: text) else {
      return .literal(.text(text))
    }
    context.warn(
      .readAs, at: row.place(key),
      "the value of \(row.what) holds a placeholder: it is read as the variable's value, "
        + "the original compares the text itself"
    )
    switch expression {
    case .path(let path): return .path(path)
    case .template(let template): return .template(template)
    // No text reads as an object.
    case .object: return .literal(.text(text))
    }
  }

  /// A number, also one that stands as a text under a key of numbers.
  private static func isNumber(_ node: SourceNode, _ key: String) -> Bool {
    if node.scalarKind == .number { return true }
    guard ["value_int", "value_float"].contains(key), let text = node.string else { return false }
    return StoredDocument.node(Array(text.utf8))?.numberText == text
  }

  /// The value that `value_type` names, else the first that there is.
  private static func value(
    of row: VendorObject, _ context: inout ReadingContext
  ) -> (key: String, node: SourceNode)? {
    let all = ["value_string", "value_int", "value_float", "value_datetime"]
    let named = row.text("value_type", &context).flatMap { type in all.first { $0 == "value_\(type)" } }
    for key in [named].compactMap({ $0 }) + all {
      guard let node = row.node[key], !node.isNull else { continue }
      if node.text == "", key != named || key != "value_string" { continue }
      return (key, node)
    }
    return nil
  }

  private static func members(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: true).map { part in
      var part = part
      while part.first == " " { part.removeFirst() }
      while part.last == " " { part.removeLast() }
      return String(part)
    }
  }
}
