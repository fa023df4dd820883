internal import Cryptography

/// A sealed value as it is stored (`docs/spec/envelope.md`):
/// magic and version (4) · suite (1) · term (4) · commitment (32) · nonce (24) · ciphertext · tag (16).
package struct Envelope: Sendable, Equatable {
  /// All of it, as stored.
  package let bytes: [UInt8]
  /// The keyring's term, or 0 for a value under a run key.
  package let term: UInt32

  static let headerCount = 9
  /// The least that an envelope can have: the smallest size class.
  package static let minimumCount = headerCount + CommittedBox.overhead + SizeClass.smallest
  /// The largest plaintext: the values of a run, which are 64 MiB at most, with their labels.
  package static let maximumPlaintextCount = 96 << 20

  /// Checks what can be checked without a key. Throws `notAnEnvelope`, `unknownVersion`, `unknownSuite` or
  /// `wrongLength`.
  package init(parsing bytes: [UInt8]) throws(KeyringError) {
    guard bytes.starts(with: Header.magic) else { throw .notAnEnvelope }
    guard bytes.count >= Self.headerCount else { throw .wrongLength(count: bytes.count) }
    guard bytes[3] == Header.version else { throw .unknownVersion(bytes[3]) }
    guard bytes[4] == Header.suite else { throw .unknownSuite(bytes[4]) }
    let padded = bytes.count - Self.headerCount - CommittedBox.overhead
    guard padded >= SizeClass.smallest, padded == SizeClass.containing(padded) else {
      throw .wrongLength(count: bytes.count)
    }
    self.bytes = bytes
    self.term = bytes[5..<9].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private init(built bytes: [UInt8], term: UInt32) {
    self.bytes = bytes
    self.term = term
  }

  /// SHA-256 of the stored bytes: what a ledger entry remembers of a row.
  package var digest: [UInt8] { Digest.sha256(bytes) }

  private enum Header {
    static let magic: [UInt8] = Array("CHE".utf8)
    static let version: UInt8 = 1
    /// XChaCha20-Poly1305, keys and commitment by BLAKE2b.
    static let suite: UInt8 = 1
  }

  private static let label: StaticString = "chancery envelope v1"
}

/// Sealing and opening under a context key that lies in secret memory for the time of the call.
extension Envelope {
  /// Throws `tooLarge`. Two allocations at most: the result, and scratch slots that are reused.
  static func seal(
    _ plaintext: UnsafeRawBufferPointer, in context: EnvelopeContext, contextKey: UnsafeRawBufferPointer, term: UInt32,
    random: RandomSource
  ) throws(KeyringError) -> Envelope {
    let count = plaintext.count
    guard count <= maximumPlaintextCount else { throw .tooLarge(count: count) }
    let padded = SizeClass.containing(count + 1)
    let total = headerCount + CommittedBox.overhead + padded
    let bytes = Array<UInt8>(unsafeUninitializedCapacity: total) { output, filled in
      let envelope = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[..<total])
      envelope.copyBytes(from: Header.magic)
      envelope[3] = Header.version
      envelope[4] = Header.suite
      envelope.storeBytes(of: term.bigEndian, toByteOffset: 5, as: UInt32.self)
      let box = UnsafeMutableRawBufferPointer(rebasing: envelope[headerCount...])
      random.fill(CommittedBox.nonce(of: box))
      let content = CommittedBox.content(of: box)
      content.copyMemory(from: plaintext)
      SizeClass.pad(content, from: count)
      withDataHash(of: context) { hash in
        CommittedBox.sealInPlace(
          box, label: label, key: contextKey, header: UnsafeRawBufferPointer(rebasing: envelope[..<headerCount]),
          data: hash)
      }
      filled = total
    }
    return Envelope(built: bytes, term: term)
  }

  /// The plaintext in ordinary memory. Throws `commitmentMismatch`, `cannotOpen` or `malformedPadding`.
  func open(in context: EnvelopeContext, contextKey: UnsafeRawBufferPointer) throws(KeyringError) -> [UInt8] {
    var outcome: Result<Void, KeyringError> = .success(())
    let plaintext = Array<UInt8>(unsafeUninitializedCapacity: paddedCount) { output, filled in
      let buffer = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[..<paddedCount])
      do throws(KeyringError) {
        filled = try open(in: context, contextKey: contextKey, into: buffer)
      } catch {
        outcome = .failure(error)
      }
    }
    try outcome.get()
    return plaintext
  }

  /// The plaintext in secret memory. Throws as `open`.
  func openGuarded(in context: EnvelopeContext, contextKey: UnsafeRawBufferPointer) throws(KeyringError) -> GuardedBytes
  {
    try GuardedBytes(capacity: paddedCount) { (buffer, count) throws(KeyringError) in
      count = try open(in: context, contextKey: contextKey, into: buffer)
    }
  }

  private var paddedCount: Int { bytes.count - Self.headerCount - CommittedBox.overhead }

  private func open(
    in context: EnvelopeContext, contextKey: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(KeyringError) -> Int {
    let outcome = bytes.withRawBytes { envelope in
      Self.withDataHash(of: context) { hash in
        CommittedBox.open(
          UnsafeRawBufferPointer(rebasing: envelope[Self.headerCount...]), into: output, label: Self.label,
          key: contextKey, header: UnsafeRawBufferPointer(rebasing: envelope[..<Self.headerCount]), data: hash)
      }
    }
    switch outcome {
    case .commitmentMismatch: throw .commitmentMismatch
    case .tagMismatch: throw .cannotOpen
    case .opened:
      guard let count = SizeClass.contentCount(UnsafeRawBufferPointer(output)) else { throw .malformedPadding }
      return count
    }
  }

  /// BLAKE2b-256 over the fields, each with its length, so that no two contexts give the same bytes.
  private static func withDataHash<R>(of context: EnvelopeContext, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { hash in
      BLAKE2b.hash(into: hash) { hasher in
        hasher.appendField("chancery data v1" as StaticString)
        hasher.appendField(context.purpose.rawValue)
        hasher.appendField(context.table)
        hasher.appendField(context.row)
        hasher.appendField(context.column)
        for field in context.context { hasher.appendField(field) }
        hasher.appendField(context.version)
      }
      return body(UnsafeRawBufferPointer(hash))
    }
  }
}
