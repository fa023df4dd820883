/// The declared type of a variable.
package enum ValueType: String, Hashable, Sendable, CaseIterable {
  case object, array, string, integer, decimal, boolean, datetime
}
