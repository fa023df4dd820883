internal import Cryptography

/// The one construction under every sealed thing of this room: commitment (32) · nonce (24) · ciphertext · tag (16).
///
/// BLAKE2b-512, keyed with the given key, over label, header and nonce gives the encryption key (first half) and the
/// commitment (second half). XChaCha20-Poly1305 alone is not committing: one ciphertext can be made to open under two
/// keys. The commitment is compared first, in constant time, and ties the box to one key, suite and header.
enum CommittedBox {
  static let commitmentCount = 32
  static let overhead = commitmentCount + XChaCha20Poly1305.nonceCount + XChaCha20Poly1305.tagCount

  enum Outcome {
    case opened
    /// Another key, header or nonce.
    case commitmentMismatch
    /// The right key, but changed bytes or other data.
    case tagMismatch
  }

  /// Where the nonce stands; the caller fills it before sealing.
  static func nonce(of box: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: box[commitmentCount..<contentStart])
  }

  /// Where the plaintext stands before, and the ciphertext after sealing.
  static func content(of box: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: box[contentStart..<(box.count - XChaCha20Poly1305.tagCount)])
  }

  /// Seals a box whose nonce and content the caller has filled in. The associated data is header ‖ data.
  static func sealInPlace(
    _ box: UnsafeMutableRawBufferPointer, label: StaticString, key: UnsafeRawBufferPointer,
    header: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer
  ) {
    let nonce = UnsafeRawBufferPointer(nonce(of: box))
    withKeys(label: label, key: key, header: header, nonce: nonce) { encryptionKey, commitment in
      box.copyMemory(from: commitment)
      withAssociatedData(header, data) { associatedData in
        XChaCha20Poly1305.seal(
          UnsafeRawBufferPointer(content(of: box)), into: UnsafeMutableRawBufferPointer(rebasing: box[contentStart...]),
          rawKey: encryptionKey, nonce: nonce, associatedData: associatedData)
      }
    }
  }

  /// Opens into `output`, which holds exactly `box.count - overhead` bytes.
  static func open(
    _ box: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, label: StaticString,
    key: UnsafeRawBufferPointer, header: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer
  ) -> Outcome {
    let nonce = UnsafeRawBufferPointer(rebasing: box[commitmentCount..<contentStart])
    return withKeys(label: label, key: key, header: header, nonce: nonce) { encryptionKey, commitment in
      guard ConstantTime.areEqual(raw: commitment, UnsafeRawBufferPointer(rebasing: box[..<commitmentCount])) else {
        return .commitmentMismatch
      }
      return withAssociatedData(header, data) { associatedData in
        XChaCha20Poly1305.open(
          UnsafeRawBufferPointer(rebasing: box[contentStart...]), into: output, rawKey: encryptionKey, nonce: nonce,
          associatedData: associatedData) ? .opened : .tagMismatch
      }
    }
  }

  private static let contentStart = commitmentCount + XChaCha20Poly1305.nonceCount

  private static func withKeys<R>(
    label: StaticString, key: UnsafeRawBufferPointer, header: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
    _ body: (_ encryptionKey: UnsafeRawBufferPointer, _ commitment: UnsafeRawBufferPointer) -> R
  ) -> R {
    SecretArena.shared.withScratch(64) { keys in
      BLAKE2b.hash(into: keys, rawKey: key) { hasher in
        hasher.appendField(label)
        hasher.appendField(header)
        hasher.appendField(nonce)
      }
      let both = UnsafeRawBufferPointer(keys)
      return body(UnsafeRawBufferPointer(rebasing: both[..<32]), UnsafeRawBufferPointer(rebasing: both[32...]))
    }
  }

  private static func withAssociatedData<R>(
    _ header: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> R
  ) -> R {
    withUnsafeTemporaryAllocation(byteCount: header.count + data.count, alignment: 1) { joined in
      joined.copyMemory(from: header)
      UnsafeMutableRawBufferPointer(rebasing: joined[header.count...]).copyMemory(from: data)
      return body(UnsafeRawBufferPointer(joined))
    }
  }
}
