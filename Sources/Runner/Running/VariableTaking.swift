import Labels
import Runbooks

/// Takes variables from a scope: inputs of a start, outputs of an answer. Mappings first, then the type,
/// then the label of an encrypted variable.
enum VariableTaking {
  /// The values by name, in the order of the bindings; a later one may name an earlier one.
  static func take(
    _ bindings: [VariableBinding], declared: [VariableDeclaration], hosts: HostClearance, in scope: RunScope
  ) throws(ValueFault) -> [(name: String, value: LabeledText)] {
    var scope = scope
    var result: [(name: String, value: LabeledText)] = []
    for binding in bindings {
      let value = try settled(
        mapped(try evaluate(binding.value, in: scope), by: binding.valueMappings), name: binding.name,
        type: binding.type, of: declared, hosts: hosts)
      scope.taken[binding.name] = value
      result.append((binding.name, value))
    }
    return result
  }

  /// A value as the variable of this name takes it: mapped, converted, labelled as it is declared.
  static func settled(
    _ value: LabeledText, name: String, type: ValueType? = nil, of declared: [VariableDeclaration],
    hosts: HostClearance
  ) throws(ValueFault) -> LabeledText {
    let declaration = declared.first { $0.name == name }
    var value = value
    if let declaration { value = mapped(value, by: declaration.valueMappings) }
    if let type = type ?? declaration?.type { value = try Transforms.converted(value, to: type) }
    if let declaration { value = labeled(value, for: declaration, hosts: hosts) }
    return value
  }

  /// One path keeps its type; text around placeholders is a string.
  static func evaluate(_ expression: VariableExpression, in scope: RunScope) throws(ValueFault) -> LabeledText {
    switch expression {
    case .path(let path): try scope.value(path)
    case .template(let template): try TemplateFilling.text(template, in: scope).text
    }
  }

  /// R22: the value of an encrypted variable carries the variable as an origin that removes requests.
  static func labeled(
    _ value: LabeledText, for declaration: VariableDeclaration, hosts: HostClearance
  ) -> LabeledText {
    guard declaration.encrypt else { return value }
    return value.labeled(
      also: Label(origin: .variable(name: declaration.name), rule: .removesRequest, hosts: hosts))
  }

  private static func mapped(_ value: LabeledText, by mappings: [ValueMapping]) -> LabeledText {
    mappings.isEmpty ? value : Transforms.mapped(value, by: mappings.map { ($0.input, $0.output) })
  }
}
