/// Why a token or a key was refused. For tests and for whoever holds the key; a caller is told only that it was.
package enum JOSEFault: Error, Equatable, Sendable {
  /// Not the compact form: another number of parts, a part that is no base64url, or too long.
  case notCompact
  /// The protected header is no JSON object, or lacks or misspells a member that it must have.
  case header
  /// `crit` asks for something to be understood; nothing of that kind is.
  case critical
  /// The algorithm is unknown or is `none`.
  case algorithm
  /// The key is not one (a missing number, another curve, a short secret).
  case key
  /// Two keys of a set have one identifier, or a set mixes secrets with public keys.
  case keySet
  /// No key of the set has the identifier that the token names.
  case unknownKey
  /// The key is for something else: `use`, `key_ops` or `alg` say so.
  case keyUse
  /// The signature or the tag does not fit.
  case notAuthentic
}
