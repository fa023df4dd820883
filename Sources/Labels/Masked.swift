/// A type whose content must not appear when it is printed, dumped, interpolated or reflected.
///
/// A struct without a description of its own is printed by reflection, private fields included, also when nested:
/// so conformance gives all three ways the same fixed text, which must name the type and sizes at most.
package protocol Masked: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// What is shown instead: no content, no length of secret content.
  var maskedText: String { get }
}

extension Masked {
  package var description: String { maskedText }
  package var debugDescription: String { maskedText }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection(), displayStyle: .struct) }
}
