import Labels
import SourceText

/// Reads the value rows of vendor documents: parameters, headers, fields, outputs, variables.
enum VendorRows {
  /// Kept without a word: ids of the vendor's tables, which table it is, what changes by itself.
  static let quiet: Set<String> = [
    "id", "method_id", "runbook_id", "step_id", "step_seq", "step_name", "type", "sequence", "description", "key",
    "value", "encrypted",
  ]

  /// A row without key and value is a blank line of the vendor's table: ignored, and kept at its position.
  static func split(
    _ key: String, of object: inout VendorObject, _ context: inout ReadingContext
  ) -> (rows: [VendorObject], blank: [VendorExtras.Entry]) {
    var rows: [VendorObject] = []
    var blank: [VendorExtras.Entry] = []
    for (index, node) in object.elements(key, &context).enumerated() {
      guard let row = VendorObject(node, what: "row \(index + 1) of `\(key)`", &context) else { continue }
      if row.says("key") || row.says("value") {
        rows.append(row)
      } else {
        blank.append(VendorObject.kept("\(key)[\(index)]", node, &context))
      }
    }
    object.use(key)
    return (rows, blank)
  }

  /// Beside what is kept of a row: its value stood there as a number or a flag, and no text.
  static let bareValue = "value[as]"

  /// What is kept of a row whose value the native form has. How it was written is kept, and never the value: that may be
  /// made a secret later.
  static func extras(
    _ row: VendorObject, isEncrypted: Bool, _ context: inout ReadingContext
  ) -> VendorExtras {
    var extras = row.extras(&context)
    switch row.node["value"]?.scalarKind {
    case .number, .true, .false:
      if !isEncrypted { extras.entries.append(VendorExtras.Entry(key: bareValue, json: #""bare""#)) }
    case .string, .null, nil: break
    }
    return extras
  }

  static func parameters(
    _ rows: [VendorObject], kind: RowKind, integration: String, method: String, part: String,
    _ context: inout ReadingContext
  ) -> [Row] {
    rows.compactMap { row in
      var row = row
      guard let name = row.text("key", &context) else {
        context.error(.missingKey, at: row.node.place, "\(row.what) has a value and no key")
        return nil
      }
      context.places.note("\(part).\(name)", at: row.node.place)
      if kind == .header { NameRules.checkHeader(name, at: row.place("key"), &context) }
      let text = row.text("value", &context)
      let isEncrypted = row.bool("encrypted", &context) ?? false
      row.use("key")
      row.useText("value")
      row.useFlag("encrypted")
      // The table says it as well.
      if row.node["type"]?.integer == kind.vendorNumber { row.use("type") }
      // A parameter is text, whatever type its value had.
      row.warnAboutKept(quiet: quiet.union(["data_type"]), &context)
      guard isEncrypted else {
        let node = SourceNode(.scalar(text: text ?? "", style: .quoted, jsonKind: .string), place: row.place("value"))
        return TextReader.template(node, what: ShownName.of(name), &context)
          .map { Row(key: name, value: .template($0), vendor: extras(row, isEncrypted: false, &context)) }
      }
      if let text, !VendorObject.isBlankOrMasked(text) {
        let isSecret = (try? Template(parsing: text))?.isOnlyPlaceholders != true
        context.seal(
          text, as: .row(integration: integration, method: method, kind: kind, name: name),
          what: "the value of \(ShownName.of(name))", at: row.place("value"), isSecret: isSecret)
      }
      return Row(key: name, value: .sealed, vendor: extras(row, isEncrypted: true, &context))
    }
  }

  /// Whether an output row says that its variable is encrypted. The answer that it is taken from is sealed then, since a
  /// variable carries the labels of what it was made of.
  static func hasEncrypted(_ rows: [VendorObject], _ context: inout ReadingContext) -> Bool {
    var result = false
    for row in rows where row.bool("encrypted", &context) == true {
      result = true
      context.warn(
        .readAs, at: row.place("encrypted"),
        "`encrypted` of \(row.what) is read as: the whole answer is sealed, and so the variable")
    }
    return result
  }

  /// Output rows: `response^id!` bare, or inside brackets.
  static func bindings(_ rows: [VendorObject], part: String, _ context: inout ReadingContext) -> [VariableBinding] {
    rows.compactMap { row in
      var row = row
      let fields = VendorObjectMapping.read(&row, &context)
      guard let name = row.text("key", &context), fields != nil || row.says("value") else {
        context.error(.missingKey, at: row.node.place, "\(row.what) needs both a key and a value")
        return nil
      }
      context.places.note("\(part).\(name)", at: row.node.place)
      NameRules.checkVariable(name, at: row.place("key"), &context)
      var value = fields
      if value == nil, let node = row.node["value"] {
        value = TextReader.expression(node, what: ShownName.of(name), &context)
        // Bare or in brackets: what an export would write otherwise is kept as it stands.
        if let value, VendorRowsExport.text(value, type: row.node["type"]?.integer) == node.text { row.use("value") }
      }
      guard let value else { return nil }
      let mappings = valueMappings(&row, &context)
      let appends = appends(&row, &context)
      row.use("key")
      row.warnAboutKept(quiet: quiet.union(["positiontoadd", "object_mapping"]), &context)
      return VariableBinding(
        name: name, value: value, valueMappings: mappings, appends: appends, vendor: row.extras(&context))
    }
  }

  /// `addtoarray`. What the numbers of `positiontoadd` mean is published nowhere: one is kept, and the element comes last.
  private static func appends(_ row: inout VendorObject, _ context: inout ReadingContext) -> Bool {
    guard let appends = row.bool("addtoarray", &context) else { return false }
    // False is what a row without the key says: kept as it stands.
    guard appends else { return false }
    row.useFlag("addtoarray")
    if row.says("positiontoadd") {
      context.warn(
        .vendorKeyKept, at: row.place("positiontoadd"),
        "`positiontoadd` of \(row.what) is kept and not honoured: the value becomes the last element")
    }
    return true
  }

  static func valueMappings(_ row: inout VendorObject, _ context: inout ReadingContext) -> [ValueMapping] {
    let elements = row.elements("value_mappings", &context)
    let mappings = elements.compactMap { node -> (sequence: Int64, mapping: ValueMapping)? in
      guard let mapping = VendorObject(node, what: "a value mapping", &context) else { return nil }
      return (
        mapping.integer("sequence", &context) ?? 0,
        ValueMapping(input: mapping.text("input", &context) ?? "", output: mapping.text("output", &context) ?? "")
      )
    }
    let result = mappings.enumerated().sorted { left, right in
      (left.element.sequence, left.offset) < (right.element.sequence, right.offset)
    }.map(\.element.mapping)
    // What an export would write otherwise is kept as it stands.
    let isPlain = elements.enumerated().allSatisfy { index, node in
      node["sequence"]?.integer == Int64(index)
        && Set(node.mapping?.compactMap(\.key.text) ?? []) == ["sequence", "input", "output"]
    }
    if elements.isEmpty || (isPlain && mappings.count == elements.count) { row.use("value_mappings") }
    return result
  }

  static func type(_ row: inout VendorObject, _ context: inout ReadingContext) -> ValueType? {
    guard let number = row.integer("data_type", &context) else { return nil }
    guard let type = ValueType.allCases.first(where: { $0.vendorNumber == number }) else {
      context.warn(
        .vendorNumberUnknown, at: row.place("data_type"), "`data_type` \(number) of \(row.what) is not known")
      return nil
    }
    row.use("data_type")
    return type
  }
}

extension ValueType {
  /// The `data_type` number of vendor documents.
  package var vendorNumber: Int64 {
    switch self {
    case .object: 0
    case .array: 1
    case .string: 2
    case .integer: 3
    case .decimal: 4
    case .boolean: 5
    case .datetime: 6
    }
  }
}
