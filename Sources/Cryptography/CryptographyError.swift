/// What can go wrong in this room. No case carries a byte of a key, a message or a tag: names and sizes only.
package enum CryptographyError: Error, Equatable, Sendable {
  /// The tag does not fit: other key, other nonce, other associated data, or changed bytes. Which one cannot be told.
  case cannotOpen
  /// Shorter than a tag, or not of the one length that the algorithm allows.
  case wrongLength(expected: Int, given: Int)
  /// A key of another length than the algorithm's.
  case wrongKeyLength(expected: Int, given: Int)
  /// The bytes are no public key of the kind asked for (DER, type, curve or size).
  case notAPublicKey
  /// Locked memory could not be had: the limit (`RLIMIT_MEMLOCK`) is too low or memory is short.
  case memoryUnavailable(bytesWanted: Int)
  /// A library call failed in a way that no input of ours explains; the step names the call.
  case libraryFailure(step: StaticString)

  package static func == (left: CryptographyError, right: CryptographyError) -> Bool {
    switch (left, right) {
    case (.cannotOpen, .cannotOpen), (.notAPublicKey, .notAPublicKey): true
    case (.wrongLength(let a, let b), .wrongLength(let c, let d)): a == c && b == d
    case (.wrongKeyLength(let a, let b), .wrongKeyLength(let c, let d)): a == c && b == d
    case (.memoryUnavailable(let a), .memoryUnavailable(let b)): a == b
    case (.libraryFailure(let a), .libraryFailure(let b)): a.description == b.description
    case (.cannotOpen, _), (.notAPublicKey, _), (.wrongLength, _), (.wrongKeyLength, _), (.memoryUnavailable, _),
      (.libraryFailure, _):
      false
    }
  }
}

extension CryptographyError {
  /// One sentence for an operator; holds no value of a caller.
  package var message: String {
    switch self {
    case .cannotOpen: "cannot be opened: the tag does not match"
    case .wrongLength(let expected, let given): "expected \(expected) bytes, got \(given)"
    case .wrongKeyLength(let expected, let given): "the key must be \(expected) bytes long, it is \(given)"
    case .notAPublicKey: "not a public key of the expected kind"
    case .memoryUnavailable(let bytes):
      "\(bytes) bytes of locked memory cannot be had: raise the limit (ulimit -l, LimitMEMLOCK=)"
    case .libraryFailure(let step): "the cryptography library failed in \(step)"
    }
  }
}
