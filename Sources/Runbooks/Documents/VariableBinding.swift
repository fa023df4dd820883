package import Labels

/// A variable that is set from somewhere: an input of an external start, an output of a method or step.
package struct VariableBinding: Equatable, Sendable {
  package var name: String
  package var value: VariableExpression
  /// The type that the value must convert to; `nil`: what the variable's declaration says, if anything.
  package var type: ValueType?
  /// Applied before the variable's own mappings, in order.
  package var valueMappings: [ValueMapping]
  package var vendor: VendorExtras

  package init(
    name: String, value: VariableExpression, type: ValueType? = nil, valueMappings: [ValueMapping] = [],
    vendor: VendorExtras = VendorExtras()
  ) {
    self.name = name
    self.value = value
    self.type = type
    self.valueMappings = valueMappings
    self.vendor = vendor
  }
}
