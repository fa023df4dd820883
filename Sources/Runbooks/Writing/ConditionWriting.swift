/// Writes conditions.
enum ConditionWriting {
  static func write(_ condition: ConditionGroups, to writer: inout ObjectWriter) {
    if condition.groups.count == 1, let rows = condition.groups.first {
      writer.array("condition", rows) { row, writer in write(row, to: &writer) }
      return
    }
    writer.object("condition") { writer in
      writer.array("any", condition.groups) { rows, writer in
        writer.array(rows) { row, writer in write(row, to: &writer) }
      }
    }
  }

  private static func write(_ row: ConditionRow, to writer: inout ObjectWriter) {
    writer.object { writer in
      writer.text("left", left(row.left))
      writer.text("op", row.op.rawValue)
      if let right = row.right { writer.raw("right", json(right)) }
      writer.vendor(row.vendor)
    }
  }

  /// A path stands bare on the left.
  private static func left(_ operand: Operand) -> String {
    switch operand {
    case .path(let path): path.text
    case .template(let template): template.source
    case .literal, .list: ""
    }
  }

  private static func json(_ operand: Operand) -> String {
    var writer = ObjectWriter()
    write(operand, to: &writer)
    return String(decoding: writer.finish(), as: UTF8.self)
  }

  private static func write(_ operand: Operand, to writer: inout ObjectWriter) {
    switch operand {
    case .path(let path): writer.string("<<\(path.text)>>")
    case .template(let template): writer.string(template.source)
    case .literal(.text(let text)): writer.string(Template(literal: text).source)
    case .literal(.number(let text)): writer.json(text)
    case .literal(.bool(let bool)): writer.json(bool ? "true" : "false")
    case .literal(.null): writer.json("null")
    case .list(let members): writer.array(members) { member, writer in write(member, to: &writer) }
    }
  }
}
