internal import CSodium

/// BLAKE2b (RFC 7693) over pieces, written straight into given memory: key derivation and associated data are hashed
/// field by field, without building the message first.
package struct BLAKE2b: ~Copyable {
  private let state: OpaquePointer

  private init(state: OpaquePointer) { self.state = state }

  /// Hashes what `body` appends into `output` (16…64 bytes; other lengths are a caller's bug).
  package static func hash<E>(
    into output: UnsafeMutableRawBufferPointer, key: GuardedBytes? = nil, _ body: (inout BLAKE2b) throws(E) -> Void
  ) throws(E) {
    guard let key else { return try hash(into: output, rawKey: UnsafeRawBufferPointer(start: nil, count: 0), body) }
    try key.withBytes { (bytes) throws(E) in try hash(into: output, rawKey: bytes, body) }
  }

  /// The same under a key that lies in scratch memory; an empty key means none.
  package static func hash<E>(
    into output: UnsafeMutableRawBufferPointer, rawKey key: UnsafeRawBufferPointer,
    _ body: (inout BLAKE2b) throws(E) -> Void
  ) throws(E) {
    Sodium.prepare()
    precondition((16...64).contains(output.count), "BLAKE2b gives 16 to 64 bytes")
    precondition(key.isEmpty || (16...64).contains(key.count), "a BLAKE2b key has 16 to 64 bytes")
    let outcome: Result<Void, E> = withUnsafeTemporaryAllocation(
      byteCount: crypto_generichash_statebytes(), alignment: 64
    ) { memory in
      // The state holds the key block until the end: it is wiped on every way out.
      defer { sodium_memzero(memory.baseAddress, memory.count) }
      guard let base = memory.baseAddress else { preconditionFailure("no memory for a hash") }
      let pointer = OpaquePointer(base)
      let started = crypto_generichash_init(
        pointer, key.isEmpty ? nil : key.addressOrPlaceholder, key.count, output.count)
      precondition(started == 0, "libsodium failed in crypto_generichash_init")
      var hasher = BLAKE2b(state: pointer)
      do throws(E) {
        try body(&hasher)
      } catch {
        return .failure(error)
      }
      let ended = crypto_generichash_final(pointer, output.outputAddress, output.count)
      precondition(ended == 0, "libsodium failed in crypto_generichash_final")
      return .success(())
    }
    try outcome.get()
  }

  /// Appends bytes as they are.
  package mutating func append(_ bytes: some Collection<UInt8>) {
    let state = self.state
    bytes.withRawBytes { bytes in
      let done = crypto_generichash_update(state, bytes.addressOrPlaceholder, UInt64(bytes.count))
      precondition(done == 0, "libsodium failed in crypto_generichash_update")
    }
  }

  /// Appends a field: its length as eight bytes, big-endian, then the bytes. A sequence of fields is injective: two
  /// different sequences never give the same input. The same bytes as `LengthPrefixed`.
  package mutating func appendField(_ bytes: some Collection<UInt8>) {
    let count = UInt64(bytes.count).bigEndian
    withUnsafeBytes(of: count) { append($0) }
    append(bytes)
  }

  /// Appends a number as a field of eight bytes, big-endian.
  package mutating func appendField(_ number: UInt64) {
    withUnsafeBytes(of: number.bigEndian) { appendField($0) }
  }

  /// Appends the UTF-8 bytes of a text as a field.
  package mutating func appendField(_ text: String) { appendField(text.utf8) }

  /// Appends a label of ours as a field.
  package mutating func appendField(_ label: StaticString) {
    appendField(UnsafeRawBufferPointer(start: label.utf8Start, count: label.utf8CodeUnitCount))
  }
}
