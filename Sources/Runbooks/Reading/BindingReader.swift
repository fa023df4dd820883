import Labels
import SourceText

/// Reads `NAME: path` tables: inputs and outputs.
enum BindingReader {
  static func read(_ key: String, in object: ObjectReader, _ context: inout ReadingContext) -> [VariableBinding] {
    object.map(key, &context).compactMap { name, keyNode, node in
      NameRules.checkVariable(name, at: keyNode.place, &context)
      let what = ShownName.of(name)
      guard node.mapping != nil else {
        return TextReader.expression(node, what: what, &context).map { VariableBinding(name: name, value: $0) }
      }
      let part = "\(object.path(key)).\(name)"
      guard let reader = ObjectReader(node, as: .binding, part: part, &context), let from = reader.value("from"),
        let value = TextReader.expression(from, what: what, &context)
      else { return nil }
      return VariableBinding(
        name: name, value: value, type: reader.choice("type", ValueType.self, &context),
        valueMappings: mappings(in: reader, &context), vendor: VendorReader.extras(of: reader, &context))
    }
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
