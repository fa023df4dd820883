/// A value that was planted in order to be looked for. Its name is shown, its value never.
package struct Canary: Sendable {
  /// What people call it; it must not depend on the value.
  package let name: String
  let value: [UInt8]

  package init(name: String, value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

extension Canary: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "Canary(\(name), masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
