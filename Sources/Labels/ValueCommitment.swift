internal import Cryptography
internal import Encodings
package import Keyring

/// What a receipt says of a value in place of the value: BLAKE2b-256 of its bytes, keyed with a salt that comes from the
/// run's key. Without the salt it can neither be compared with another commitment nor be guessed at; with it, whoever is
/// shown the value can see that it is the one (`ValueOpening`). Destroyed with the run: nobody can open a commitment any more.
///
/// `salt = MAC(run key, "value-commitment", run id; LengthPrefixed(event, name))`, `commitment = BLAKE2b(value, key: salt)`
/// (docs/spec/receipts.md).
package struct ValueCommitment: Hashable, Sendable {
  /// 32 bytes; not secret.
  package let bytes: [UInt8]

  /// Commits to a value of a run.
  ///
  /// - Parameters:
  ///   - event: the sequence of the event that brought the value, from 1.
  ///   - name: its name within that event.
  ///
  /// Throws `KeyringError` for a key that is sealed or destroyed.
  package init(
    to value: LabeledText, event: Int, name: String, run: String, key: RunKey
  ) throws(KeyringError) {
    let salt = try Self.salt(event: event, name: name, run: run, key: key)
    bytes = KeyDerivation.keyedBLAKE2b(
      key: GuardedBytes(copying: salt), message: value.bytes, count: 32
    )
    .withBytes { Array($0) }
  }

  /// What the commitment at a place is keyed with. It leaves this room beside its value alone (`ValueOpening`): without
  /// the value it would let whoever has the receipt try guesses.
  static func salt(event: Int, name: String, run: String, key: RunKey) throws(KeyringError) -> [UInt8] {
    var fields = LengthPrefixed()
    fields.append(String(event))
    fields.append(name)
    return try key.mac(.valueCommitment, context: [Array(run.utf8)], message: fields.bytes)
  }
}
