import SourceText

/// Reads query parameters, headers and form fields, in both written forms: a mapping of names, or a list of
/// rows with a `name` (for a name that occurs twice).
struct RowReader {
  let kind: RowKind
  let integration: String
  let method: String

  func read(_ key: String, in object: ObjectReader, _ context: inout ReadingContext) -> [Row] {
    guard let node = object.value(key) else { return [] }
    let part = object.path(key)
    if let elements = node.sequence {
      return elements.enumerated().compactMap { index, element in
        listed(element, part: "\(part).\(index)", &context)
      }
    }
    guard let members = node.mapping else {
      context.error(.wrongType, at: node.place, "`\(key)` must be a mapping or a list of rows, not \(node.kindName)")
      return []
    }
    return members.compactMap { member in
      let name = member.key.text ?? ""
      let rowPart = "\(part).\(name)"
      context.places.note(rowPart, at: member.key.place)
      check(name, at: member.key.place, &context)
      guard member.value.mapping != nil else {
        return value(of: member.value, name: name, &context).map { Row(key: name, value: $0) }
      }
      guard let row = ObjectReader(member.value, as: .row, part: rowPart, &context) else { return nil }
      row.refuse(["name"], because: "the name is the key of this row", &context)
      return read(row, name: name, &context)
    }
  }

  private func listed(_ node: SourceNode, part: String, _ context: inout ReadingContext) -> Row? {
    guard let row = ObjectReader(node, as: .row, part: part, &context) else { return nil }
    guard row.has("name") else {
      context.error(.missingKey, at: node.place, "`name` is missing here")
      return nil
    }
    guard let name = row.text("name", &context) else { return nil }
    check(name, at: row.value("name")?.place ?? node.place, &context)
    return read(row, name: name, &context)
  }

  private func read(_ row: ObjectReader, name: String, _ context: inout ReadingContext) -> Row? {
    let vendor = VendorReader.extras(of: row, &context)
    let encrypt = row.bool("encrypt", &context) ?? false
    if let secret = row.value("secret") {
      row.refuse(["value", "sealed"], because: "the value comes from the key/value store", &context)
      if encrypt {
        context.error(
          .conflictingKeys, at: row.keyPlace("encrypt"),
          "`encrypt` cannot stand beside `secret`: the store seals it already")
      }
      return TextReader.reference(secret, what: "`secret`", &context)
        .map { Row(key: name, value: .secret($0), vendor: vendor) }
    }
    if row.bool("sealed", &context) == true {
      row.refuse(["value"], because: "a sealed value is never written in a document", &context)
      if row.bool("encrypt", &context) == false {
        context.error(.conflictingKeys, at: row.keyPlace("encrypt"), "a sealed value is always encrypted")
      }
      return Row(key: name, value: .sealed, vendor: vendor)
    }
    guard let node = row.value("value") else {
      if encrypt { return Row(key: name, value: .sealed, vendor: vendor) }
      context.error(
        .missingKey, at: row.node.place, "`value` is missing here", remedy: "write value:, secret: or sealed: true")
      return nil
    }
    guard let template = TextReader.template(node, what: "`value`", &context) else { return nil }
    guard encrypt else { return Row(key: name, value: checked(template, at: node.place, &context), vendor: vendor) }
    if !template.source.isEmpty {
      let slot = SealedSlot.row(integration: integration, method: method, kind: kind, name: name)
      context.seal(
        template.source, as: slot, what: "the value of \(ShownName.of(name))", at: node.place,
        isSecret: !template.isOnlyPlaceholders)
    }
    return Row(key: name, value: .sealed, vendor: vendor)
  }

  private func value(of node: SourceNode, name: String, _ context: inout ReadingContext) -> RowValue? {
    if node.isNull {
      context.error(
        .missingKey, at: node.place, "\(ShownName.of(name)) has no value", remedy: "write \"\" for an empty one")
      return nil
    }
    guard node.sequence == nil else {
      context.error(
        .wrongType, at: node.place, "a row is text or a mapping, not a list",
        remedy: "write the rows as a list with name: and value:")
      return nil
    }
    return TextReader.template(node, what: ShownName.of(name), &context)
      .map { checked($0, at: node.place, &context) }
  }

  /// RFC 9110 §5.5: a line break in a literal header value would be a second header.
  private func checked(_ template: Template, at place: SourcePlace, _ context: inout ReadingContext) -> RowValue {
    let hasBreak = template.segments.contains { segment in
      if case .literal(let text) = segment { text.utf8.contains { [0x00, 0x0A, 0x0D].contains($0) } } else { false }
    }
    if kind == .header, hasBreak {
      context.error(.badHeader, at: place, "a header value cannot hold a line break or NUL")
    }
    return .template(template)
  }

  private func check(_ name: String, at place: SourcePlace, _ context: inout ReadingContext) {
    if kind == .header {
      NameRules.checkHeader(name, at: place, &context)
    } else if name.isEmpty || name.utf8.count > NameRules.maximumBytes || name.utf8.contains(where: { $0 < 0x20 }) {
      context.error(.badName, at: place, "\(ShownName.of(name)) is not usable as the name of a \(kind.rawValue) row")
    }
  }
}
