/// Why a hunt could not be made. A place that was not searched is a failure, never a place without finds.
package struct HuntFailure: Error, Sendable {
  /// The reason and the place; never a value.
  package let sentence: String

  package init(_ sentence: String) { self.sentence = sentence }
}
