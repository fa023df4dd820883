package import Cryptography

/// The key of one run: everything the run stores is sealed under it, and unreadable once it is destroyed. Slot and
/// generation are stored with the run; the key only in the run-key file.
package struct RunKey: Sendable {
  /// The place in the run-key file.
  package let slot: UInt32
  /// Which key of that slot: a slot is used again after its run is gone, with another generation.
  package let generation: UInt32
  private let key: GuardedBytes
  private let random: RandomSource

  init(slot: UInt32, generation: UInt32, key: GuardedBytes, random: RandomSource) {
    self.slot = slot
    self.generation = generation
    self.key = key
    self.random = random
  }

  /// Seals for a purpose that is kept under run keys. Throws `tooLarge`; `wrongPurpose` and `wrongContext` are bugs
  /// of the caller. The envelope's term is 0.
  package func seal(
    _ plaintext: some Collection<UInt8>, in context: EnvelopeContext
  ) throws(KeyringError) -> Envelope {
    try plaintext.withRawBytes { (plaintext) throws(KeyringError) in try seal(raw: plaintext, in: context) }
  }

  private func seal(raw plaintext: UnsafeRawBufferPointer, in context: EnvelopeContext) throws(KeyringError) -> Envelope
  {
    try withContextKey(context) { (key) throws(KeyringError) in
      try Envelope.seal(plaintext, in: context, contextKey: key, term: 0, random: random)
    }
  }

  /// The plaintext in ordinary memory. Throws `unknownTerm` for a value that was sealed under the keyring,
  /// `commitmentMismatch` or `cannotOpen`.
  package func open(_ envelope: Envelope, in context: EnvelopeContext) throws(KeyringError) -> [UInt8] {
    guard envelope.term == 0 else { throw .unknownTerm(envelope.term) }
    return try withContextKey(context) { (key) throws(KeyringError) in
      try envelope.open(in: context, contextKey: key)
    }
  }

  /// The same, with the plaintext in secret memory.
  package func openGuarded(_ envelope: Envelope, in context: EnvelopeContext) throws(KeyringError) -> GuardedBytes {
    guard envelope.term == 0 else { throw .unknownTerm(envelope.term) }
    return try withContextKey(context) { (key) throws(KeyringError) in
      try envelope.openGuarded(in: context, contextKey: key)
    }
  }

  /// A keyed hash of 32 bytes, for purposes whose algorithm is that and that are kept under run keys. Throws
  /// `wrongPurpose` and `wrongContext`, which are bugs of the caller.
  package func mac(
    _ purpose: Purpose, context: [[UInt8]], message: some Collection<UInt8>
  ) throws(KeyringError) -> [UInt8] {
    guard purpose.rotation == .run else { throw .wrongPurpose(purpose) }
    try Keyring.check(purpose, .keyedHash, context)
    return SecretArena.shared.withScratch(Derivation.keyCount) { contextKey in
      key.withBytes { Derivation.runContextKey(purpose, context, from: $0, into: contextKey) }
      return message.withRawBytes { message in
        Array(unsafeUninitializedCapacity: 32) { output, filled in
          let hash = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[..<32])
          BLAKE2b.hash(into: hash, rawKey: UnsafeRawBufferPointer(contextKey)) { $0.append(message) }
          filled = 32
        }
      }
    }
  }

  /// The first four bytes of the hashes of many messages, as numbers: as `mac`, with the context key derived once.
  /// They lie one behind the other in `messages`, and end where `endingAt` says, which must grow.
  package func shortMACs(
    _ purpose: Purpose, context: [[UInt8]], messages: [UInt8], endingAt ends: [Int]
  ) throws(KeyringError) -> [UInt32] {
    guard purpose.rotation == .run else { throw .wrongPurpose(purpose) }
    try Keyring.check(purpose, .keyedHash, context)
    return SecretArena.shared.withScratch(Derivation.keyCount) { contextKey in
      key.withBytes { Derivation.runContextKey(purpose, context, from: $0, into: contextKey) }
      return messages.withUnsafeBytes { messages in
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { hash in
          var start = 0
          return ends.map { end in
            BLAKE2b.hash(into: hash, rawKey: UnsafeRawBufferPointer(contextKey)) {
              $0.append(UnsafeRawBufferPointer(rebasing: messages[start..<end]))
            }
            start = end
            return UInt32(bigEndian: hash.loadUnaligned(as: UInt32.self))
          }
        }
      }
    }
  }

  private func withContextKey<R>(
    _ context: EnvelopeContext, _ body: (UnsafeRawBufferPointer) throws(KeyringError) -> R
  ) throws(KeyringError) -> R {
    guard context.purpose.rotation == .run else { throw .wrongPurpose(context.purpose) }
    try Keyring.check(context.purpose, .envelope, context.context)
    return try SecretArena.shared.withScratch(Derivation.keyCount) { (contextKey) throws(KeyringError) in
      key.withBytes { Derivation.runContextKey(context.purpose, context.context, from: $0, into: contextKey) }
      return try body(UnsafeRawBufferPointer(contextKey))
    }
  }
}

extension RunKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "RunKey(slot \(slot), generation \(generation), masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
