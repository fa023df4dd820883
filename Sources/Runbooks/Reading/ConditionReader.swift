import SourceText

/// Reads a condition in its three written forms: one row, a list of rows, `any:` with groups of rows.
enum ConditionReader {
  static func read(_ node: SourceNode, part: String, _ context: inout ReadingContext) -> ConditionGroups {
    if node.sequence != nil {
      return ConditionGroups(groups: [rows(node, part: part, &context)])
    }
    guard node.mapping != nil, node.member("any") != nil else {
      return ConditionGroups(groups: [row(node, part: part, &context)].compactMap { $0 }.map { [$0] })
    }
    guard let object = ObjectReader(node, as: .condition, part: part, &context), let groups = object.value("any") else {
      return ConditionGroups(groups: [])
    }
    guard let elements = groups.sequence else {
      context.error(.wrongType, at: groups.place, "`any` must be a list of groups, not \(groups.kindName)")
      return ConditionGroups(groups: [])
    }
    return ConditionGroups(
      groups: elements.enumerated().map { index, group in rows(group, part: "\(part).any.\(index)", &context) })
  }

  private static func rows(_ node: SourceNode, part: String, _ context: inout ReadingContext) -> [ConditionRow] {
    guard let elements = node.sequence else {
      context.error(.wrongType, at: node.place, "a group must be a list of rows, not \(node.kindName)")
      return []
    }
    return elements.enumerated().compactMap { index, element in row(element, part: "\(part).\(index)", &context) }
  }

  private static func row(_ node: SourceNode, part: String, _ context: inout ReadingContext) -> ConditionRow? {
    guard let object = ObjectReader(node, as: .conditionRow, part: part, &context) else { return nil }
    let op = object.choice("op", ConditionOperator.self, &context)
    let left = object.value("left").flatMap { self.left($0, &context) }
    guard let op, let left else { return nil }
    let vendor = VendorReader.extras(of: object, &context)
    // A constant may be null, so presence is asked of the node itself.
    guard let rightNode = object.node["right"] else {
      if op.takesRight {
        context.error(.missingKey, at: node.place, "`\(op.rawValue)` compares with `right`, which is missing here")
        return nil
      }
      return ConditionRow(left: left, op: op, vendor: vendor)
    }
    guard op.takesRight else {
      context.error(.conflictingKeys, at: object.keyPlace("right"), "`\(op.rawValue)` takes no `right`")
      return nil
    }
    return right(rightNode, op: op, &context).map { ConditionRow(left: left, op: op, right: $0, vendor: vendor) }
  }

  /// A constant on the left would make the row always or never hold, so a bare text names a variable.
  private static func left(_ node: SourceNode, _ context: inout ReadingContext) -> Operand? {
    guard node.string != nil else {
      context.error(.wrongType, at: node.place, "`left` must name a variable, not \(node.kindName)")
      return nil
    }
    switch TextReader.expression(node, what: "`left`", &context) {
    case .path(let path): return .path(path)
    case .template(let template): return .template(template)
    // No text reads as an object.
    case .object, nil: return nil
    }
  }

  private static func right(_ node: SourceNode, op: ConditionOperator, _ context: inout ReadingContext) -> Operand? {
    if let elements = node.sequence {
      guard op == .isIn || op == .isNotIn else {
        context.error(.wrongType, at: node.place, "`right` is a list only for in and not_in")
        return nil
      }
      let members = elements.compactMap { operand($0, &context) }
      return members.count == elements.count ? .list(members) : nil
    }
    return operand(node, &context)
  }

  private static func operand(_ node: SourceNode, _ context: inout ReadingContext) -> Operand? {
    guard case .scalar(let text, _, let kind) = node.kind else {
      context.error(.wrongType, at: node.place, "`right` must be one value, not \(node.kindName)")
      return nil
    }
    switch kind {
    case .number: return .literal(.number(text))
    case .true: return .literal(.bool(true))
    case .false: return .literal(.bool(false))
    case .null: return .literal(.null)
    case .string:
      guard let template = TextReader.template(node, what: "`right`", &context) else { return nil }
      if let literal = template.literalText { return .literal(.text(literal)) }
      if template.segments.count == 1, let only = template.placeholders.first { return .path(only.path) }
      return .template(template)
    }
  }
}
