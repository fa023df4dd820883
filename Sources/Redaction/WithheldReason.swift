/// Why a text was withheld as a whole instead of being redacted. No case carries anything of the text.
package enum WithheldReason: String, Hashable, Sendable, CaseIterable {
  /// A step of the scanner contradicted itself: our own bug. Nothing unscanned leaves.
  case internalFault
  /// Comparing candidates cost more than the bound for a text of this size.
  case tooMuchWork
  /// A compressed part is longer than a stream may hold back (`RedactionLimits.maximumRunBytes`).
  case compressedTooLong
  /// A compressed part stands for so much that it was not checked. Only this part is withheld.
  case compressedTooMuch
  /// The text is longer than one call takes; longer ones go through `RedactingStream`.
  case tooLarge
  /// The starter's own input held more known secrets than chance explains: it may be a guessing game.
  case tooManySecrets
  /// The stream had been finished already.
  case finished

  /// The reason in words, for the marker.
  package var sentence: String {
    switch self {
    case .internalFault: "the redactor failed"
    case .tooMuchWork: "the text takes too long to check"
    case .compressedTooLong: "a compressed part is too long to check"
    case .compressedTooMuch: "a compressed part unpacks to too much to check"
    case .tooLarge: "the text is too long to check at once"
    case .tooManySecrets: "the input contains too many known secrets"
    case .finished: "the stream had ended"
    }
  }
}

/// What the scanner throws inside this room; it never crosses the border of the room as an error, only as a reason.
struct RedactionFault: Error {
  var reason: WithheldReason
}
