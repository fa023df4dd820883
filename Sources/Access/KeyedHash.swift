internal import Cryptography

/// The keyed hash (32 bytes) of a token's or an accessor's text: what is stored, looked up and written into the ledger.
/// It is no secret; without the key nobody can test a guess against it.
package struct KeyedHash: Hashable, Sendable {
  package let bytes: [UInt8]

  /// Another length than 32 bytes is a caller's bug.
  package init(_ bytes: [UInt8]) {
    precondition(bytes.count == 32, "a keyed hash has 32 bytes")
    self.bytes = bytes
  }

  /// Compares in constant time: a store that answers with another row than asked for must not decide anything.
  func isEqual(to other: KeyedHash) -> Bool {
    ConstantTime.areEqual(bytes, other.bytes)
  }
}

/// The two keyed hash functions of this room, given by whoever holds the keyring (purposes `token-hash` and
/// `accessor-hash`). They differ, so that a token's hash says nothing of an accessor's.
package struct TokenHasher: Sendable {
  private let token: @Sendable ([UInt8]) -> [UInt8]
  private let accessor: @Sendable ([UInt8]) -> [UInt8]

  /// Both functions return 32 bytes; anything else is a caller's bug.
  package init(
    token: @escaping @Sendable ([UInt8]) -> [UInt8], accessor: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) {
    self.token = token
    self.accessor = accessor
  }

  /// The hash under which a token is stored.
  package func hash(of secret: TokenSecret) -> KeyedHash {
    secret.withText { KeyedHash(token(Array($0))) }
  }

  /// The hash by which an accessor is looked up and named in the ledger.
  package func hash(of accessor: TokenAccessor) -> KeyedHash {
    KeyedHash(self.accessor(Array(accessor.text.utf8)))
  }

  /// The same work for what is no token's text at all.
  func decoyHash() -> KeyedHash {
    KeyedHash(token([UInt8](repeating: 0, count: TokenSecret.byteCount)))
  }
}
