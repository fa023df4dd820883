import Encodings
import SourceText

/// `object_mapping` of a value row: the fields of an object, as rows of the same form. The vendor publishes the key and
/// not its form, so any other form is kept and named, and what is written here is what is read here.
enum VendorObjectMapping {
  /// How deep objects may stand in objects.
  private static let mostLevels = 16

  /// The object, with rows of it that are kept beside; nil where the row has none, or one of another form.
  static func read(
    _ row: inout VendorObject, _ context: inout ReadingContext
  ) -> (value: VariableExpression?, kept: [VendorExtras.Entry]) {
    guard row.says("object_mapping"), let node = row.node["object_mapping"] else { return (nil, []) }
    guard isReadable(node) else {
      context.warn(
        .vendorKeyKept, at: node.place,
        "`object_mapping` of \(row.what) is kept and not honoured: it is no list of rows with a key and a value")
      return (nil, [])
    }
    row.use("object_mapping")
    let found = fields(of: node, &context)
    return (.object(found.fields), found.kept)
  }

  /// The rows as an export writes them.
  static func json(_ field: VariableBinding) -> VendorJSON {
    var json = VendorRowsExport.binding(field)
    if let number = field.type?.vendorNumber { json.keep("data_type", number) }
    if let standard = field.defaultValue { json.set("default_value", json: standard) }
    return json
  }

  /// A field that is named again is kept at its place: an object has each once.
  private static func fields(
    of node: SourceNode, _ context: inout ReadingContext
  ) -> (fields: [VariableBinding], kept: [VendorExtras.Entry]) {
    var fields: [VariableBinding] = []
    var kept: [VendorExtras.Entry] = []
    var names: Set<String> = []
    for (index, element) in (node.sequence ?? []).enumerated() {
      if let name = element["key"]?.text, !names.insert(name).inserted {
        kept.append(VendorObject.kept("object_mapping[\(index)]", element, &context))
        context.obstruct(
          "row \(index + 1) of `object_mapping` names the field \(ShownName.of(name)) a second time", at: element.place)
      } else if let made = field(element, &context) {
        fields.append(made)
      }
    }
    return (fields, kept)
  }

  private static func field(_ element: SourceNode, _ context: inout ReadingContext) -> VariableBinding? {
    guard var row = VendorObject(element, what: "a row of `object_mapping`", &context),
      let name = row.text("key", &context)
    else { return nil }
    NameRules.checkField(name, at: row.place("key"), &context)
    let (object, kept) = read(&row, &context)
    var value = object
    if value == nil, let node = row.node["value"] {
      value = TextReader.expression(node, what: ShownName.of(name), &context)
      if let value, VendorRowsExport.text(value, type: row.node["type"]?.whole) == node.text { row.use("value") }
    }
    guard let value else { return nil }
    let type = VendorRows.type(&row, &context)
    let mappings = VendorRows.valueMappings(&row, &context)
    var standard: String?
    if case .path = value, let node = row.node["default_value"] {
      standard = String(decoding: node.jsonText, as: UTF8.self)
      row.use("default_value")
    }
    row.use("key")
    return VariableBinding(
      name: name, value: value, type: type, valueMappings: mappings, defaultValue: standard,
      vendor: VendorExtras(row.extras(&context).entries + kept))
  }

  /// Whether it is a table of fields as it is read here.
  static func isReadable(_ node: SourceNode?) -> Bool { node.map { isReadable($0, levels: mostLevels) } ?? false }

  /// Whether every row has a key, and a value or rows of its own.
  private static func isReadable(_ node: SourceNode, levels: Int) -> Bool {
    guard levels > 0, let rows = node.sequence, !rows.isEmpty else { return false }
    return rows.allSatisfy { row in
      guard row["key"]?.text?.isEmpty == false else { return false }
      if let inner = row["object_mapping"], !VendorObject.isBlank(inner) {
        return isReadable(inner, levels: levels - 1)
      }
      return row["value"]?.text?.isEmpty == false
    }
  }
}
