/// Why a file cannot be read as YAML or JSON, at its place. Texts hold names that stand in the file, never a value: a
/// value in the wrong place may be a secret.
package struct SourceFault: Error, Hashable, Sendable {
  /// How bad it is.
  package enum Severity: String, Hashable, Sendable {
    case error
    case warning
  }

  /// Every code, stable across releases.
  package enum Code: String, Hashable, Sendable, CaseIterable {
    /// The text follows the rules of neither YAML nor JSON.
    case syntax = "S100"
    /// The bytes are not UTF-8.
    case notUTF8 = "S101"
    /// A character that may not stand there as it is.
    case character = "S102"
    /// A tab where YAML wants spaces.
    case tab = "S103"
    /// The text is too large, too deep, or has too many values.
    case limit = "S104"
    /// A key that the same mapping has already.
    case duplicateKey = "S105"
    /// An anchor or an alias.
    case alias = "S106"
    /// A merge key.
    case mergeKey = "S107"
    /// A tag.
    case tag = "S108"
    /// A key that is no text.
    case key = "S109"
  }

  /// Where.
  package let place: SourcePlace
  /// How bad.
  package let severity: Severity
  /// The stable number.
  package let code: Code
  /// What is wrong, in one clause.
  package let message: String
  /// What to do, in one clause; nil where the message says it.
  package let remedy: String?

  /// A fault; an error unless said otherwise.
  package init(
    _ code: Code, at place: SourcePlace, severity: Severity = .error, message: String, remedy: String? = nil
  ) {
    self.place = place
    self.severity = severity
    self.code = code
    self.message = message
    self.remedy = remedy
  }

  /// `file:line:column: error: message; remedy [S100]`
  package var rendered: String {
    let text = "\(place.rendered): \(severity.rawValue): \(message)"
    return (remedy.map { "\(text); \($0)" } ?? text) + " [\(code.rawValue)]"
  }

  /// A key as messages show it: short, on one line.
  static func shown(_ key: String) -> String {
    let scalars = key.unicodeScalars
    let cleaned = scalars.prefix(64).map { $0.properties.isWhitespace || isControl($0) ? " " : String($0) }.joined()
    return scalars.count > 64 ? "`\(cleaned)…`" : "`\(cleaned)`"
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
