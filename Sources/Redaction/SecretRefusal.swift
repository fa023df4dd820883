/// Why a secret is not searched for. Nothing here tells its value.
package enum SecretRefusal: Error, Hashable, Sendable {
  /// No bytes at all.
  case empty
  /// White space only.
  case blank
  /// Fewer bytes than can be found without hiding other text.
  case tooShort(bytes: Int, minimum: Int)
  /// Too easily found in ordinary text: a word, a date, a pattern.
  case lowEntropy(bits: Int, minimum: Int)
  /// A value that stands in every manual.
  case common
  /// Longer than the bound.
  case tooLong(bytes: Int, maximum: Int)
  /// The matcher is full.
  case tooManySecrets(maximum: Int)
  /// The name contains the value, so that the mask would show it.
  case nameShowsSecret

  /// The reason and what to do, for people.
  package var sentence: String {
    switch self {
    case .empty: "the secret is empty; enter a value"
    case .blank: "the secret is white space only; enter a value"
    case .tooShort(let bytes, let minimum):
      "the secret has \(bytes) bytes; masking it would hide other text: use at least \(minimum)"
    case .lowEntropy(let bits, let minimum):
      "the secret is too easily found in ordinary text (about \(bits) bits, \(minimum) needed): use a random one"
    case .common: "the secret is a well-known value: use a random one"
    case .tooLong(let bytes, let maximum): "the secret has \(bytes) bytes; at most \(maximum) can be masked"
    case .tooManySecrets(let maximum): "more than \(maximum) secrets cannot be masked at once"
    case .nameShowsSecret: "the name contains the secret itself: choose another name"
    }
  }
}
