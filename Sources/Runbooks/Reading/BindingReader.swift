import Labels
import SourceText

/// Reads `NAME: path` tables: inputs and outputs, and the fields of an object.
enum BindingReader {
  /// Which names the table may have.
  private enum Names {
    case variables
    /// Keys of an object.
    case fields
  }

  static func read(_ key: String, in object: ObjectReader, _ context: inout ReadingContext) -> [VariableBinding] {
    read(key, in: object, .variables, &context)
  }

  private static func read(
    _ key: String, in object: ObjectReader, _ names: Names, _ context: inout ReadingContext
  ) -> [VariableBinding] {
    object.map(key, &context).compactMap { name, keyNode, node in
      switch names {
      case .variables: NameRules.checkVariable(name, at: keyNode.place, &context)
      case .fields: NameRules.checkField(name, at: keyNode.place, &context)
      }
      let what = ShownName.of(name)
      guard node.mapping != nil else {
        return TextReader.expression(node, what: what, &context).map { VariableBinding(name: name, value: $0) }
      }
      let part = "\(object.path(key)).\(name)"
      guard let reader = ObjectReader(node, as: .binding, part: part, &context),
        let value = value(of: reader, what: what, &context)
      else { return nil }
      let appends = reader.bool("append", &context) ?? false
      if appends, names == .fields {
        reader.refuse(["append"], because: "a field of an object is no array", &context)
      }
      return VariableBinding(
        name: name, value: value, type: reader.choice("type", ValueType.self, &context),
        valueMappings: mappings(in: reader, &context), defaultValue: defaultValue(reader, value, &context),
        appends: appends, vendor: VendorReader.extras(of: reader, &context))
    }
  }

  /// `from` or `object`, exactly one of them.
  private static func value(
    of reader: ObjectReader, what: String, _ context: inout ReadingContext
  ) -> VariableExpression? {
    guard reader.has("object") else {
      guard let from = reader.value("from") else {
        context.error(
          .missingKey, at: reader.node.place, "`from` is missing here",
          remedy: "write from: with a path, or object: with the fields of an object")
        return nil
      }
      return TextReader.expression(from, what: what, &context)
    }
    reader.refuse(["from"], because: "`object` says what the value is made from", &context)
    let fields = read("object", in: reader, .fields, &context)
    if fields.isEmpty, reader.value("object")?.mapping?.isEmpty == true {
      context.error(.badValue, at: reader.keyPlace("object"), "`object` needs at least one field")
    }
    return .object(fields)
  }

  /// It may be null, so presence is asked of the node itself.
  private static func defaultValue(
    _ reader: ObjectReader, _ value: VariableExpression, _ context: inout ReadingContext
  ) -> String? {
    guard let node = reader.node["default"] else { return nil }
    guard case .path = value else {
      context.error(
        .conflictingKeys, at: reader.keyPlace("default"), "`default` belongs to a path that leads nowhere",
        remedy: "give the field of the object a default, or read the variable by a path")
      return nil
    }
    return String(decoding: node.jsonText, as: UTF8.self)
  }

  /// `value_mappings` as a mapping of texts, or a list of input and output.
  static func mappings(in object: ObjectReader, _ context: inout ReadingContext) -> [ValueMapping] {
    let key = "value_mappings"
    guard let node = object.value(key) else { return [] }
    if let elements = node.sequence {
      return elements.enumerated().compactMap { index, element in
        guard let row = ObjectReader(element, as: .valueMapping, part: "\(object.path(key)).\(index)", &context),
          let input = row.scalar("input", &context), let output = row.scalar("output", &context)
        else { return nil }
        return ValueMapping(input: input, output: output)
      }
    }
    return object.map(key, &context).compactMap { name, _, value in
      guard let output = value.text else {
        context.error(.wrongType, at: value.place, "a value mapping gives text, not \(value.kindName)")
        return nil
      }
      return ValueMapping(input: name, output: output)
    }
  }
}
