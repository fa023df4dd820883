/// Why a secret is not put into a blind set. Nothing here tells its value.
package enum BlindRefusal: Error, Hashable, Sendable {
  /// No bytes, or white space only.
  case blank
  /// Fewer bytes than a guess must have to be hopeless.
  case tooShort(bytes: Int, minimum: Int)
  /// A value that stands in every manual.
  case common
  /// Guessable by who has the set and its key.
  case lowEntropy(bits: Int, minimum: Int)
  /// Random enough by its characters, but made of words.
  case password
  /// More than one line.
  case severalLines
  case tooLong(bytes: Int, maximum: Int)
  case tooMany(maximum: Int)
  /// The name contains the value, and names are in the set in the clear.
  case nameShowsSecret

  /// The reason and what to do, for people.
  package var sentence: String {
    switch self {
    case .blank: "the secret is empty; enter a value"
    case .tooShort(let bytes, let minimum):
      "the secret has \(bytes) bytes; with the set and its key it could be guessed: a blind set takes \(minimum) or more"
    case .common: "the secret is a well-known value: use a random one"
    case .lowEntropy(let bits, let minimum):
      "the secret could be guessed with the set and its key (about \(bits) bits, \(minimum) needed): use a random one"
    case .password:
      "the secret looks like a password made of words, which could be guessed with the set and its key: use a random "
        + "one, or search for it with --secrets"
    case .severalLines: "the secret has several lines; a blind set holds secrets of one line"
    case .tooLong(let bytes, let maximum): "the secret has \(bytes) bytes; a blind set holds at most \(maximum)"
    case .tooMany(let maximum): "a blind set holds at most \(maximum) secrets"
    case .nameShowsSecret: "the name contains the secret itself: choose another name"
    }
  }
}
