package import Labels

/// A variable that is set from somewhere: an input of an external start, an output of a method or step.
package struct VariableBinding: Equatable, Sendable {
  package var name: String
  package var value: VariableExpression
  /// The type that the value must convert to; `nil`: what the variable's declaration says, if anything.
  package var type: ValueType?
  /// Applied before the variable's own mappings, in order.
  package var valueMappings: [ValueMapping]
  /// One JSON value in the text of the document, taken where the path leads nowhere; `nil`: that fails the step.
  package var defaultValue: String?
  /// The value becomes the last element of the array that the variable holds, in the place of becoming the variable.
  package var appends: Bool
  package var vendor: VendorExtras

  package init(
    name: String, value: VariableExpression, type: ValueType? = nil, valueMappings: [ValueMapping] = [],
    defaultValue: String? = nil, appends: Bool = false, vendor: VendorExtras = VendorExtras()
  ) {
    self.name = name
    self.value = value
    self.type = type
    self.valueMappings = valueMappings
    self.defaultValue = defaultValue
    self.appends = appends
    self.vendor = vendor
  }

  /// Every path that it reads: where it appends, the variable itself is one of them.
  package var paths: [VariablePath] {
    guard appends, let own = try? VariablePath(parsing: name) else { return value.paths }
    return value.paths + [own]
  }

  /// Whether it says no more than what stands in its value.
  package var isPlain: Bool {
    if case .object = value { return false }
    return type == nil && valueMappings.isEmpty && defaultValue == nil && !appends && vendor.isEmpty
  }
}
