/// Why a value could not be read, changed, compared or rendered. Names, kinds and sizes only: no case holds content,
/// and a list of member names is given only where their label is clear.
package enum ValueFault: Error, Hashable, Sendable {
  /// The text of a path is malformed at this UTF-8 offset.
  case pathSyntax(offset: Int)
  /// Nothing is there. `available` names the members that are, where they may be shown.
  case pathMissing(path: String, available: [String]?)
  /// Several members match without regard to case, none exactly.
  case pathAmbiguous(path: String)
  /// The text should be JSON (RFC 8259) and is not.
  case notJSON
  /// The value is JSON, or begins as such, and is over a limit of those that are read.
  case tooMuchJSON(JSONExcess)
  /// An answer is said to be JSON and is none; `what`: place and kind of the fault, where they may be told.
  case brokenJSON(what: String?)
  /// A path leads into a text that is not one JSON value.
  case textInPath(path: String)
  /// What an iteration is to go over is no array.
  case notIterable(name: String)
  /// An answer is to be XML and is no document that is read here; `what`: place and kind of the fault, where they may be told.
  case brokenXML(what: String?)
  /// The document is over a limit of those that are read.
  case tooMuchXML(XMLExcess)
  /// The text should be UTF-8 and is not.
  case notUTF8
  /// The text should be base 64 (RFC 4648 §4, padded) and is not.
  case notBase64
  /// A ciphertext of another key, version, context or associated data, or none at all. Which one cannot be told.
  case cannotOpen
  /// The value does not convert to the declared type.
  case notConvertible(to: ValueType)
  /// The same of what a variable or a field was to be set to; `source`: the paths that it was taken from.
  case variableNotConvertible(name: String, source: String?, to: ValueType)
  /// A value is appended to what this variable holds, which is no array.
  case notAnArray(name: String)
  /// What this variable would hold, or holds, could not be read again as JSON; `limit`: how much of what it may be.
  case variableTooLarge(name: String, limit: String)
  /// A side of a condition's row does not convert to what is compared: the row as its document counts it, and the side as
  /// it is written there, or both where it may not be told which of them it is.
  case rowNotConvertible(row: String, side: String, to: ValueType)
  /// `<<v!>>` at a value position must be exactly one JSON number, true, false or null.
  case notOneScalar(name: String)
  /// CR, LF, NUL or another control character in a header value.
  case headerControlByte(name: String)
  /// The value is not one non-empty path segment (`Destinations.PathValue`).
  case notOnePathSegment(name: String)
  /// A character that XML 1.0 does not allow.
  case notXMLText(name: String)
  /// An object would have the same key twice, or a key position holds no string.
  case badKey(name: String)
  /// The text around the values is not what it should be (a JSON body that is not JSON).
  case badTemplate
  /// No row of the mapping matches and there is no default.
  case notMapped
  /// A condition that secret origins do not allow.
  case comparisonNotAllowed(origin: Origin)
  /// More bits of an origin would be disclosed than the run allows.
  case declassificationLimit(origin: Origin)
  /// A range outside the value.
  case outOfRange
  /// The value, or all values of a run, are larger than the limit in bytes.
  case tooLarge(limit: Int)
  /// More values than a run may hold.
  case tooManyValues(limit: Int)
  /// An array would have more elements than a variable may collect.
  case tooManyElements(limit: Int)
  /// A value that is made of so many others that its label could not be stored.
  case tooManyOrigins(limit: Int)
  /// Stored bytes that are no value, or a handle whose value is not in the table.
  case damaged
}

extension ValueFault {
  /// The same without place and kind of what is wrong in an answer, which would tell about what is secret in it.
  package var withoutDetail: ValueFault {
    if case .brokenXML = self { return .brokenXML(what: nil) }
    if case .brokenJSON = self { return .brokenJSON(what: nil) }
    return self
  }

  /// One sentence for the log of a run.
  package var message: String {
    switch self {
    case .pathSyntax(let offset): "the variable path is malformed at byte \(offset)"
    case .pathMissing(let path, let available): Self.missing(path, available)
    case .pathAmbiguous(let path): "\(path) matches several names that differ only in case"
    case .notJSON: "the text is not one JSON value"
    case .tooMuchJSON(let excess): excess.message
    case .brokenJSON(let what):
      "the answer says that it is JSON and is none\(what.map { " (\($0))" } ?? ""); with `response: text` it is taken as it "
        + "stands"
    case .textInPath(let path): "`\(path)` leads into a text that is not one JSON value"
    case .notIterable(let name): "`\(name)`, over which the step iterates, is no array"
    case .brokenXML(let what):
      "the answer is no XML document that is read here\(what.map { " (\($0))" } ?? ""); with `response: text` it is taken "
        + "as it stands"
    case .tooMuchXML(let excess): excess.message
    case .notUTF8: "the text is not UTF-8"
    case .notBase64: "the text is not base 64"
    case .cannotOpen: "the ciphertext cannot be opened"
    case .notConvertible(let type): "the value is not a valid \(type.rawValue)"
    case .variableNotConvertible(let name, let source, let type):
      "the value of `\(name)`\(source.map { ", taken from `\($0)`," } ?? "") is not a valid \(type.rawValue)"
    case .notAnArray(let name): "the variable `\(name)`, to which a value is appended, holds no array"
    case .variableTooLarge(let name, let limit):
      "the value of `\(name)` is larger than the \(limit) that a JSON value may have; what the variable held stays as it "
        + "was, and where it is kept between runs, `chancery runbook kept NAME --clear VARIABLE` empties it"
    case .rowNotConvertible(let row, let side, let type):
      "in \(row) of the condition, \(side) is not a valid \(type.rawValue)"
    // The name is as the document writes it, mostly with its exclamation mark.
    case .notOneScalar(let name):
      "<<\(name)\(name.hasSuffix("!") ? "" : "!")>> stands for a value: the text must be one number, true, false or null"
    case .headerControlByte(let name):
      "the value of \(name) holds a line break or another control character, which no header may"
    case .notOnePathSegment(let name): "the value of \(name) is not one plain path segment"
    case .notXMLText(let name): "the value of \(name) holds a character that XML does not allow"
    case .badKey(let name): "\(name) cannot be a key: it is no string, or the object has that key already"
    case .badTemplate: "the body with its values filled in is not one JSON value"
    case .notMapped: "no row of the value mapping matches, and there is no default"
    case .comparisonNotAllowed(let origin):
      "a condition on \(origin.sentence) may test only presence, emptiness and equality with a constant"
    case .declassificationLimit(let origin): "this run has disclosed as much of \(origin.sentence) as it may"
    case .outOfRange: "the range lies outside the value"
    case .tooLarge(let limit): "a value of the run, or all that it would hold together, has more than \(limit) bytes"
    case .tooManyValues(let limit): "the run holds more than \(limit) values"
    case .tooManyElements(let limit): "the array holds \(limit) elements, the most that a variable collects"
    case .tooManyOrigins(let limit):
      "a value is made of more than \(limit) secrets and encrypted values; make it of fewer"
    case .damaged: "a stored value cannot be read"
    }
  }

  private static func missing(_ path: String, _ available: [String]?) -> String {
    guard let available else { return "\(path) is not there" }
    if available.isEmpty { return "\(path) is not there: nothing is available at that place" }
    return "\(path) is not there; available: \(available.joined(separator: ", "))"
  }
}
