import Labels
import SourceText

/// Reads the value rows of vendor documents: parameters, headers, fields, outputs, variables.
enum VendorRows {
  /// Kept without a word: ids of the vendor's tables, which table it is, what changes by itself.
  static let quiet: Set<String> = [
    "id", "method_id", "runbook_id", "step_id", "step_seq", "step_name", "type", "sequence", "description", "key",
    "value", "encrypted",
  ]

  /// What a row lacks: nothing, all that it could say, or something that it cannot be used without.
  private enum Lack {
    case nothing
    case everything
    case part(String)
  }

  private static func lack(of node: SourceNode, needsValue: Bool) -> Lack {
    func says(_ key: String) -> Bool { node[key].map { !VendorObject.isBlank($0) } ?? false }
    guard node.mapping != nil else { return VendorObject.isBlank(node) ? .everything : .part("is no object") }
    guard node["key"].map({ !$0.isNone && $0.text != nil }) == true else {
      let isBlank = !says("key") && !says("value") && !says("object_mapping")
      return isBlank ? .everything : .part("has no key")
    }
    guard says("key") || says("value") else { return .everything }
    let isUsable = !needsValue || says("value") || VendorObjectMapping.isReadable(node["object_mapping"])
    return isUsable ? .nothing : .part("has a key and no value")
  }

  /// Whether a row of a table is one, and no blank line.
  static func isRow(_ node: SourceNode) -> Bool {
    if case .nothing = lack(of: node, needsValue: false) { true } else { false }
  }

  /// A row without key and value is a blank line of the vendor's table: ignored, and kept at its position. One that lacks
  /// its key alone, or a value that it needs, is named as well.
  ///
  /// - Parameter isSetAside: whether a row is kept there too, though it says something. It names it, with these words for it.
  static func split(
    _ key: String, of object: inout VendorObject, needsValue: Bool = false, _ context: inout ReadingContext,
    unless isSetAside: (SourceNode, String, inout ReadingContext) -> Bool = { _, _, _ in false }
  ) -> (rows: [VendorObject], blank: [VendorExtras.Entry]) {
    var rows: [VendorObject] = []
    var blank: [VendorExtras.Entry] = []
    for (index, node) in object.elements(key, &context).enumerated() {
      let what = "row \(index + 1) of `\(key)`"
      switch lack(of: node, needsValue: needsValue) {
      case .nothing:
        if isSetAside(node, "\(what) of \(object.what)", &context) { break }
        if let row = VendorObject(node, what: what, &context) { rows.append(row) }
        continue
      case .part(let lack):
        context.warn(.vendorKeyKept, at: node.place, "\(what) of \(object.what) \(lack): it is kept and not honoured")
      case .everything: break
      }
      blank.append(VendorObject.kept("\(key)[\(index)]", node, &context))
    }
    object.useList(key)
    return (rows, blank)
  }

  /// The variables that the tables of one step or method set, each with the row that does.
  struct Names {
    fileprivate var rows: [String: SourceNode] = [:]
  }

  /// The rows of a table that sets variables. A variable is set once and never under a name that is reserved: another row is
  /// kept, and what it belongs to does not run, unless it says only what was said.
  static func outputs(
    _ key: String, of object: inout VendorObject, _ names: inout Names, _ context: inout ReadingContext
  ) -> (rows: [VendorObject], blank: [VendorExtras.Entry]) {
    split(key, of: &object, needsValue: true, &context) { node, what, context in
      // What is no name at all is reported where the row is read.
      guard let name = node["key"]?.text, NameRules.isVariable(name) else { return false }
      if isReserved(name, node, what, &context) || isConstant(node, what, &context) { return true }
      guard let first = names.rows[name] else {
        names.rows[name] = node
        return false
      }
      if saysSame(first, node) {
        context.warn(
          .vendorKeyKept, at: node.place, "\(what) sets \(ShownName.of(name)) once more as before: it is kept")
      } else {
        context.obstruct(
          "\(what) sets \(ShownName.of(name)) a second time, and which counts is not known", at: node.place)
      }
      return true
    }
  }

  /// Whether a row names a variable that can be none; that is said.
  static func isReserved(
    _ name: String, _ node: SourceNode, _ what: String, _ context: inout ReadingContext
  ) -> Bool {
    guard NameRules.isVariable(name), RootKind.isReserved(name) else { return false }
    context.obstruct("\(what) sets \(ShownName.of(name)), which is reserved and can be no variable", at: node.place)
    return true
  }

  /// Whether the value of a row is no path and no template; that is said. A bare word is a path: what it names is asked later.
  private static func isConstant(_ node: SourceNode, _ what: String, _ context: inout ReadingContext) -> Bool {
    guard !VendorObjectMapping.isReadable(node["object_mapping"]), let value = node["value"], let text = value.text,
      !text.isEmpty, !Template.opens(in: text),
      value.string == nil || (try? VariableExpression(parsing: text)) == nil
    else { return false }
    context.obstruct("the value of \(what) is a constant, and an output is set from a path", at: node.place)
    return true
  }

  /// Whether two rows do the same, one behind the other.
  private static func saysSame(_ first: SourceNode, _ second: SourceNode) -> Bool {
    let appends = [first, second].contains { $0["addtoarray"].map { !$0.isNone && $0.flag != false } ?? false }
    return !appends
      && ["value", "object_mapping", "value_mappings", "encrypted"].allSatisfy { key in
        first[key]?.jsonText == second[key]?.jsonText
      }
  }

  /// The rows of a table of parameters. One that could not be sent is kept, and its method does not run.
  static func parameterRows(
    _ key: String, _ kind: RowKind, of object: inout VendorObject, _ context: inout ReadingContext
  ) -> (rows: [VendorObject], blank: [VendorExtras.Entry]) {
    split(key, of: &object, &context) { node, what, context in
      guard let clause = obstacle(to: node, kind) else { return false }
      context.obstruct("\(what) \(clause)", at: node.place)
      return true
    }
  }

  private static func obstacle(to node: SourceNode, _ kind: RowKind) -> String? {
    let name = node["key"]?.text ?? ""
    guard kind == .header else {
      let isName = name.utf8.count <= NameRules.maximumBytes && !name.utf8.contains { $0 < 0x20 }
      return isName ? nil : "has a key that is no name of a parameter"
    }
    let isEncrypted = node["encrypted"].map { !$0.isNone && $0.flag != false } ?? false
    let hasBreak = (node["value"]?.text ?? "").utf8.contains { [0x00, 0x0A, 0x0D].contains($0) }
    // RFC 9110 §5.5. An encrypted value is looked at when it is sent.
    return hasBreak && !isEncrypted ? "has a line break or U+0000 in a header's value" : nil
  }

  /// Beside what is kept of a row: words for how its value stood there, never the value.
  static let bareValue = "value[as]"

  /// How a value stood there where its text does not say it.
  enum Writing: String {
    /// As a number or a flag, and no text.
    case bare
    /// As `True` or `False`.
    case capital
    /// As a whole number with `.0` behind it.
    case fraction
  }

  /// What is kept of a row whose value the native form has. How it was written is kept, and never the value: that may be
  /// made a secret later.
  static func extras(
    _ row: VendorObject, isEncrypted: Bool, writing: Writing? = nil, _ context: inout ReadingContext
  ) -> VendorExtras {
    var extras = row.extras(&context)
    var words: [String] = []
    switch row.node["value"]?.scalarKind {
    case .number, .true, .false: words.append(Writing.bare.rawValue)
    case .string, .null, nil: break
    }
    if let writing { words.append(writing.rawValue) }
    if !isEncrypted, !words.isEmpty {
      extras.entries.append(VendorExtras.Entry(key: bareValue, json: "\"\(words.joined(separator: " "))\""))
    }
    return extras
  }

  static func parameters(
    _ rows: [VendorObject], kind: RowKind, integration: String, method: String, part: String,
    _ context: inout ReadingContext
  ) -> [Row] {
    rows.compactMap { row in
      var row = row
      guard let name = row.text("key", &context) else { return nil }
      context.places.note("\(part).\(name)", at: row.node.place)
      if kind == .header { NameRules.checkHeader(name, at: row.place("key"), &context) }
      let text = row.text("value", &context)
      let isEncrypted = row.bool("encrypted", &context, unreadable: true) ?? false
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
    for row in rows where row.bool("encrypted", &context, unreadable: true) == true {
      result = true
      context.warn(
        .readAs, at: row.place("encrypted"),
        "`encrypted` of \(row.what) is read as: the whole answer is sealed, and so the variable")
    }
    return result
  }

  /// Output rows: `response^id!` bare, or inside brackets.
  ///
  /// - Parameter isHandedOver: whether another runbook begins with the values; it has no array to append to.
  static func bindings(
    _ rows: [VendorObject], part: String, isHandedOver: Bool = false, _ context: inout ReadingContext
  ) -> [VariableBinding] {
    rows.compactMap { row in
      var row = row
      let (fields, kept) = VendorObjectMapping.read(&row, &context)
      guard let name = row.text("key", &context), fields != nil || row.says("value") else { return nil }
      context.places.note("\(part).\(name)", at: row.node.place)
      NameRules.checkVariable(name, at: row.place("key"), &context)
      var value = fields
      if value == nil, let node = row.node["value"] {
        value = TextReader.expression(node, what: ShownName.of(name), &context)
        // Bare or in brackets: what an export would write otherwise is kept as it stands.
        if let value, VendorRowsExport.text(value, type: row.node["type"]?.whole) == node.text { row.use("value") }
      }
      guard let value else { return nil }
      let mappings = valueMappings(&row, &context)
      let appends = isHandedOver ? refusesAppending(&row, &context) : appends(&row, &context)
      row.use("key")
      row.warnAboutKept(quiet: quiet.union(["positiontoadd", "object_mapping"]), &context)
      return VariableBinding(
        name: name, value: value, valueMappings: mappings, appends: appends,
        vendor: VendorExtras(row.extras(&context).entries + kept))
    }
  }

  /// `addtoarray` where it cannot be: the row keeps it, and the runbook does not run.
  private static func refusesAppending(_ row: inout VendorObject, _ context: inout ReadingContext) -> Bool {
    if row.bool("addtoarray", &context) == true {
      context.obstruct(
        "`addtoarray` of \(row.what) has no array to append to: another runbook begins with these values",
        at: row.place("addtoarray"))
    }
    row.settle("addtoarray")
    return false
  }

  /// `addtoarray`. What the numbers of `positiontoadd` mean is published nowhere: one is kept, and the element comes last.
  private static func appends(_ row: inout VendorObject, _ context: inout ReadingContext) -> Bool {
    // False is what a row without the key says: kept as it stands.
    guard row.bool("addtoarray", &context) == true else {
      row.settle("addtoarray")
      return false
    }
    row.useFlag("addtoarray")
    if row.isSet("positiontoadd") {
      context.warn(
        .vendorKeyKept, at: row.place("positiontoadd"),
        "`positiontoadd` of \(row.what) is kept and not honoured: the value becomes the last element")
    }
    return true
  }

  /// By `sequence`, whatever gaps it has. A row with neither text is a blank line; one that lacks either is named, and maps
  /// nothing. An empty text is one where it is written.
  static func valueMappings(_ row: inout VendorObject, _ context: inout ReadingContext) -> [ValueMapping] {
    let elements = row.elements("value_mappings", &context)
    var mappings: [(sequence: Int64, mapping: ValueMapping)] = []
    for (index, node) in elements.enumerated() {
      let what = "row \(index + 1) of `value_mappings` of \(row.what)"
      guard let mapping = valueMapping(node, what: what, &context) else { continue }
      mappings.append(mapping)
    }
    let result = mappings.enumerated().sorted { left, right in
      (left.element.sequence, left.offset) < (right.element.sequence, right.offset)
    }.map(\.element.mapping)
    // What an export would write otherwise is kept as it stands.
    let isPlain = elements.enumerated().allSatisfy { index, node in
      node["sequence"]?.integer == Int64(index) && node["input"]?.string != nil && node["output"]?.string != nil
        && Set(node.mapping?.compactMap(\.key.text) ?? []) == ["sequence", "input", "output"]
    }
    let isCarried = !row.isNoList("value_mappings") && isPlain && mappings.count == elements.count
    if isCarried { row.use("value_mappings") } else { row.settle("value_mappings") }
    return result
  }

  private static func valueMapping(
    _ node: SourceNode, what: String, _ context: inout ReadingContext
  ) -> (sequence: Int64, mapping: ValueMapping)? {
    func text(_ key: String) -> String? { node[key].flatMap { $0.isNull ? nil : $0.text } }
    guard let input = text("input"), let output = text("output"), !input.isEmpty || !output.isEmpty else {
      let isBlank =
        node.mapping == nil
        ? VendorObject.isBlank(node) : ["input", "output"].allSatisfy { node[$0]?.isNone ?? true }
      if !isBlank {
        let lack = text("input") == nil ? "no `input`" : "no `output`"
        context.warn(.vendorKeyKept, at: node.place, "\(what) has \(lack): it is kept and not honoured")
      }
      return nil
    }
    guard let mapping = VendorObject(node, what: what, &context) else { return nil }
    return (mapping.integer("sequence", &context) ?? 0, ValueMapping(input: input, output: output))
  }

  static func type(_ row: inout VendorObject, _ context: inout ReadingContext) -> ValueType? {
    guard let number = row.integer("data_type", &context) else { return nil }
    guard let type = ValueType(vendorNumber: number) else {
      context.warn(
        .vendorNumberUnknown, at: row.place("data_type"), "`data_type` \(number) of \(row.what) is not known")
      return nil
    }
    row.useNumber("data_type")
    return type
  }
}

extension ValueType {
  /// The type of a `data_type` number; `nil` for one that is not known.
  init?(vendorNumber number: Int64) {
    guard let type = Self.allCases.first(where: { $0.vendorNumber == number }) else { return nil }
    self = type
  }

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
