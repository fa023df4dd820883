/// One place where a canary was found.
package struct Find: Hashable, Sendable {
  /// The file, process or stream.
  package let place: String
  /// Bytes before it; in the joined pages of a database, in those.
  package let offset: Int
  /// The name of the canary.
  package let canary: String
  /// How it was written.
  package let form: String

  /// One line for people and programs: place, offset, form, name.
  package var line: String { "\(place):\(offset): \(canary) (\(form))" }
}
