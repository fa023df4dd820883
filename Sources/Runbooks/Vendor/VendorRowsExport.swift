import Encodings

/// Writes value rows in the vendor's form: parameters, outputs, variables.
enum VendorRowsExport {
  static func parameter(_ row: Row, _ kind: RowKind) -> VendorJSON {
    var json = VendorJSON(row.vendor)
    json.set("key", row.key)
    if !json.has("type") { json.set("type", kind.vendorNumber) }
    switch row.value {
    case .template(let template):
      value(template.source, of: row.vendor, to: &json)
      json.fill("encrypted", false, unreadable: true)
    case .secret, .sealed:
      value("", of: row.vendor, to: &json)
      json.fill("encrypted", true, unreadable: true)
    }
    return json
  }

  /// A text, or the number or flag that stood there, where it still reads as one. Null is as good as an empty text.
  private static func value(_ text: String, of extras: VendorExtras, to json: inout VendorJSON) {
    if text.isEmpty {
      if !json.has("value") || json.text(under: "value") != nil { json.set("value", "") }
      return
    }
    let words = extras[VendorRows.bareValue].map { StoredDocument.node(Array($0.utf8))?.string ?? "" } ?? ""
    let writings = words.split(separator: " ").compactMap { VendorRows.Writing(rawValue: String($0)) }
    var text = text
    if writings.contains(.capital), ["true", "false"].contains(text) { text = text == "true" ? "True" : "False" }
    if writings.contains(.fraction), Int64(text) != nil { text += ".0" }
    if writings.contains(.bare) {
      switch StoredDocument.node(Array(text.utf8))?.scalarKind {
      case .number, .true, .false: return json.set("value", json: text)
      case .string, .null, nil: break
      }
    }
    json.set("value", text)
  }

  static func binding(_ binding: VariableBinding) -> VendorJSON {
    var json = VendorJSON(binding.vendor)
    json.set("key", binding.name)
    if case .object(let fields) = binding.value {
      json.setRows("object_mapping", fields.map(VendorObjectMapping.json), blanks: binding.vendor)
    } else if json.node?["value"]?.text.flatMap({ try? VariableExpression(parsing: $0) }) != binding.value {
      json.set("value", text(binding.value, type: json.node?["type"]?.whole))
    }
    if binding.appends || json.has("addtoarray") { json.fill("addtoarray", binding.appends) }
    mappings(binding.valueMappings, to: &json)
    return json
  }

  /// What a started runbook begins with: it has no array to append to, and a row that says so keeps it.
  static func handedOver(_ binding: VariableBinding) -> VendorJSON {
    var json = self.binding(binding)
    if let kept = binding.vendor["addtoarray"] { json.set("addtoarray", json: kept) }
    return json
  }

  /// An input of the start that no variable is declared for.
  static func input(_ input: VariableBinding) -> VendorJSON {
    var json = VendorJSON(input.vendor)
    json.set("key", input.name)
    json.set("value", text(input.value))
    if let number = input.type?.vendorNumber { json.keep("data_type", number) }
    mappings(input.valueMappings, to: &json)
    return json
  }

  /// `encrypt_response_body`, where what is kept and the rows do not say the same already.
  static func encryption(_ encrypts: Bool, _ outputs: [VariableBinding], to json: inout VendorJSON) {
    let kept = json.flag("encrypt_response_body", unreadable: true)
    let isOfRows = outputs.contains { VendorJSON($0.vendor).flag("encrypted", unreadable: true) }
    if (kept || isOfRows) != encrypts { json.set("encrypt_response_body", encrypts) }
  }

  static func variable(_ variable: VariableDeclaration, input: VariableBinding?) -> VendorJSON {
    var json = VendorJSON(variable.vendor)
    json.set("key", variable.name)
    if !VendorVariables.setsAside(json.value("data_type")?.whole, variable, input: input) {
      json.fill("data_type", variable.type?.vendorNumber, in: 0...6)
    }
    if let source = input?.value ?? variable.from {
      value(text(source), of: variable.vendor, to: &json)
    } else if case .json(let constant) = variable.initialValue {
      value(self.constant(constant), of: variable.vendor, to: &json)
      // Null is no value, and nothing as a text is one.
      if json.value("value")?.isNull == true { json.set("value", "") }
    } else if json.text(under: "value") != nil || VendorVariables.isEmptyText(json.value("value"), variable) {
      json.clear("value")
    }
    json.fill("encrypted", variable.encrypt, unreadable: true)
    json.fill("persist", variable.persist)
    mappings(variable.valueMappings, to: &json)
    return json
  }

  /// As the vendor writes it into a row of this type: an output, which is 3, has a bare path.
  static func text(_ expression: VariableExpression, type: Int64?) -> String {
    if type == 3, case .path(let path) = expression { return path.text }
    return text(expression)
  }

  /// A path in brackets: so it is no constant, whatever it begins with.
  static func text(_ expression: VariableExpression) -> String {
    switch expression {
    case .path(let path): "<<\(path.text)>>"
    case .template(let template): template.source
    // A row with fields has them in its table, and no value.
    case .object: ""
    }
  }

  /// The characters of a string; anything else as it stands.
  static func constant(_ json: String) -> String {
    guard let tape = try? JSONTape(Array(json.utf8)), let text = tape.string(tape.root) else { return json }
    return text
  }

  static func mappings(_ mappings: [ValueMapping], to json: inout VendorJSON) {
    var context = ReadingContext(file: "kept")
    if let node = json.node, var kept = VendorObject(node, what: "the row", &context),
      VendorRows.valueMappings(&kept, &context) == mappings
    {
      return
    }
    guard !mappings.isEmpty else { return json.set("value_mappings", json: "[]") }
    json.setRows(
      "value_mappings",
      mappings.enumerated().map { index, mapping in
        var row = VendorJSON()
        row.set("sequence", Int64(index))
        row.set("input", mapping.input)
        row.set("output", mapping.output)
        return row
      })
  }
}
