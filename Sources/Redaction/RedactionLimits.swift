/// All bounds of this room.
package struct RedactionLimits: Hashable, Sendable {
  /// The shortest secret that is matched everywhere, in bytes.
  package var minimumBytes = 8
  /// The shortest secret that is matched at token borders, in bytes.
  package var minimumBorderBytes = 4
  /// The longest secret that can be registered, in bytes.
  package var maximumBytes = 1 << 20
  /// A secret must be worth at least this many bits (`SecretStrength`), or it hides half the log.
  package var minimumBits = 28
  /// The shortest piece of a secret that is searched for by itself, in bytes and estimated bits (`Fragments`).
  package var minimumFragmentBytes = 12
  package var minimumFragmentBits = 64
  /// Whether the mask of a piece takes in what may be the rest of the secret around it. Not where masks must not depend
  /// on what a secret holds, but for that it is there: how far it goes depends on which piece was found.
  package var widensFragments = true
  /// Secrets in one matcher.
  package var maximumSecrets = 1 << 20
  /// Bytes of all forms in one matcher.
  package var maximumFormBytes = 1 << 30
  /// Bytes that one call of `redact` takes.
  package var maximumTextBytes = 1 << 30
  /// Candidates that may be compared per byte of text, and on top of that per call.
  package var candidatesPerByte = 64
  package var candidatesPerCall = 1 << 20
  /// Bytes of text over which a compressed run may stretch: it is held back until it has come to its end. A text with a
  /// longer one is withheld.
  package var maximumRunBytes = 1 << 20
  /// Bytes that a compressed run may stand for per byte of it, and on top of that. A run that stands for more is not
  /// searched, but masked.
  package var searchedPerRunByte = 64
  package var searchedPerRun = 4 << 10
  /// Bytes that may come out of all compressed runs of a text, searched or not, per byte of text, and on top of that.
  package var inflatedPerByte = 128
  package var inflatedPerText = 4 << 20
  /// What each place costs at which a run may begin, in bytes that come out.
  static let attemptBytes = 512

  /// Bounds for every use in the service.
  package static let standard = RedactionLimits()

  /// Longer secrets are registered in pieces of about this size, each found by itself; so no form is longer than
  /// twice this, and a stream never holds back more than 64 KiB.
  static let pieceBytes = 1024
  /// Text is scanned in blocks of this size: it stays in the processor's nearest caches.
  static let blockBytes = 64 << 10
  /// Levels of escaping that are undone, and of runs that are decoded or decompressed.
  static let maximumDepth = 2
  /// Bytes behind a match that are looked at besides the match: the longest escapes of escapes, padding, one border.
  static let surroundings = 256
  /// Bytes before a match that are looked at: digits that share bits, one border, and what shows where an escape begins
  /// inside encoded runs.
  static let context = 64
  /// The most text that is kept although all of it is decided.
  static let maximumKept = 64 << 10

  /// The most bytes of text over which a form of `count` bytes may be spread by escapes and line breaks.
  static func maximumSpan(ofForm count: Int) -> Int { 8 * count + 64 }
}
