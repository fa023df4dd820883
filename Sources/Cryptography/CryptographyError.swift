/// What can go wrong in this room. No case carries a byte of a key, a message or a tag: names and sizes only. A library
/// call that fails for no reason that an input of ours can have stops the process instead (`LibCrypto.require`).
package enum CryptographyError: Error, Equatable, Sendable {
  /// The tag does not fit: other key, other nonce, other associated data, or changed bytes. Which one cannot be told.
  case cannotOpen
  /// Shorter than a tag, or not of the one length that the algorithm allows.
  case wrongLength(expected: Int, given: Int)
  /// The bytes are no public key of the kind asked for (DER, type, curve or size).
  case notAPublicKey
  /// The bytes are no private key of a kind that we use (DER or PEM, type, curve, size), or one whose halves do not
  /// belong together.
  case notAPrivateKey
  /// The key cannot make such a signature: another type or curve, or a hash that nothing of ours signs with.
  case cannotSign
  /// More bytes than the algorithm takes at once under the key.
  case tooLong(maximum: Int, given: Int)
  /// Locked memory could not be had: the limit (`RLIMIT_MEMLOCK`) is too low or memory is short.
  case memoryUnavailable(bytesWanted: Int)
}

extension CryptographyError {
  /// One sentence for an operator; holds no value of a caller.
  package var message: String {
    switch self {
    case .cannotOpen: "cannot be opened: the tag does not match"
    case .wrongLength(let expected, let given): "expected \(expected) bytes, got \(given)"
    case .notAPublicKey: "not a public key of the expected kind"
    case .notAPrivateKey: "not a private key of a kind that is used here"
    case .cannotSign: "the key cannot make such a signature"
    case .tooLong(let maximum, let given): "at most \(maximum) bytes, got \(given)"
    case .memoryUnavailable(let bytes):
      "\(bytes) bytes of locked memory cannot be had: raise the limit (ulimit -l, LimitMEMLOCK=)"
    }
  }
}
