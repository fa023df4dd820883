/// A time of a JSON Web Token (RFC 7519 §2): seconds since the epoch, perhaps with a fraction.
struct NumericDate {
  /// Rounded towards minus infinity.
  let seconds: Int64
  let hasFraction: Bool

  /// Nil for a text that is no plain decimal number (an exponent is not), is negative, or has more than 15 digits
  /// before the point.
  init?(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, (1...15).contains(whole.utf8.count),
      parts.allSatisfy({ $0.utf8.allSatisfy(StructuredField.isDigit) }), let seconds = Int64(whole)
    else { return nil }
    self.seconds = seconds
    hasFraction = parts.count == 2 && parts[1].utf8.contains { $0 != 0x30 }
  }

  /// Rounded up: for times before which nothing counts.
  var roundedUp: Int64 { hasFraction ? seconds + 1 : seconds }
}
