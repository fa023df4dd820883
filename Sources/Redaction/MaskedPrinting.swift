/// Prints as the name of its type and nothing else, by interpolation, `debugDescription`, `dump` and reflection: for
/// everything that holds secrets or text that was not searched yet.
protocol MaskedPrinting: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension MaskedPrinting {
  package var description: String { "\(Self.self)(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
