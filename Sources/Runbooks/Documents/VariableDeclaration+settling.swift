package import Labels

extension VariableDeclaration {
  /// A value as the variable takes it: its mappings first, then its type (runbooks.md §2). Labels go with it.
  ///
  /// - Parameter type: that of the row which sets it, in the place of the declared one.
  ///
  /// Throws `notConvertible`, which does not show the value.
  package func settled(_ value: LabeledText, as type: ValueType? = nil) throws(ValueFault) -> LabeledText {
    var value = value
    if !valueMappings.isEmpty { value = Transforms.mapped(value, by: valueMappings.map { ($0.input, $0.output) }) }
    if let type = type ?? self.type { value = try Transforms.converted(value, to: type) }
    return value
  }

  /// What the variable begins with where its document says so: this JSON text. Null is no value of any type, so only a
  /// variable without one, or with a mapping for it, may begin with it. Throws `notConvertible`, and `notJSON` for another
  /// text.
  package func settled(default json: String) throws(ValueFault) -> LabeledText {
    let value = try settled(try LabeledText(json: Array(json.utf8), label: .clear))
    if let type, json == "null", !valueMappings.contains(where: { $0.input == json }) {
      throw .notConvertible(to: type)
    }
    return value
  }
}
