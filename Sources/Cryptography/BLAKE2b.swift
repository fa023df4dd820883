internal import CSodium

/// BLAKE2b (RFC 7693) over pieces, written straight into given memory: key derivation and associated data are hashed
/// field by field, without building the message first.
@usableFromInline
package struct BLAKE2b: ~Copyable {
  private let state: OpaquePointer

  /// Hashes what `body` appends into `output` (16…64 bytes; other lengths are a caller's bug).
  @inlinable
  package static func hash<E>(
    into output: UnsafeMutableRawBufferPointer, key: GuardedBytes? = nil, _ body: (inout BLAKE2b) throws(E) -> Void
  ) throws(E) {
    guard let key else { return try hash(into: output, rawKey: UnsafeRawBufferPointer(start: nil, count: 0), body) }
    try key.withBytes { (bytes) throws(E) in try hash(into: output, rawKey: bytes, body) }
  }

  /// The same under a key that lies in scratch memory; an empty key means none.
  @inlinable
  package static func hash<E>(
    into output: UnsafeMutableRawBufferPointer, rawKey key: UnsafeRawBufferPointer,
    _ body: (inout BLAKE2b) throws(E) -> Void
  ) throws(E) {
    // The state wants an alignment that the stack is not asked for: it would come from the heap, slowly.
    let outcome: Result<Void, E> = withUnsafeTemporaryAllocation(
      byteCount: stateCount + stateAlignment, alignment: 16
    ) { room in
      let memory = aligned(room)
      // The state holds the key block until the end: it is wiped on every way out.
      defer { wipe(memory) }
      var hasher = BLAKE2b(in: memory, key: key, count: output.count)
      do throws(E) {
        try body(&hasher)
      } catch {
        return .failure(error)
      }
      hasher.finish(into: output)
      return .success(())
    }
    try outcome.get()
  }

  /// Appends bytes as they are.
  @inlinable
  package mutating func append(_ bytes: some Collection<UInt8>) { bytes.withRawBytes { append(raw: $0) } }

  /// Appends a field: its length as eight bytes, big-endian, then the bytes. A sequence of fields is injective: two
  /// different sequences never give the same input. The same bytes as `LengthPrefixed`.
  @inlinable
  package mutating func appendField(_ bytes: some Collection<UInt8>) { bytes.withRawBytes { appendField(raw: $0) } }

  /// Appends a number as a field of eight bytes, big-endian.
  package mutating func appendField(_ number: UInt64) {
    withUnsafeBytes(of: number.bigEndian) { appendField(raw: $0) }
  }

  /// Appends the UTF-8 bytes of a text as a field.
  package mutating func appendField(_ text: String) { text.utf8.withRawBytes { appendField(raw: $0) } }

  /// Appends a label of ours as a field.
  package mutating func appendField(_ label: StaticString) {
    appendField(raw: UnsafeRawBufferPointer(start: label.utf8Start, count: label.utf8CodeUnitCount))
  }

  @usableFromInline
  mutating func append(raw bytes: UnsafeRawBufferPointer) {
    let done = crypto_generichash_update(state, bytes.addressOrPlaceholder, UInt64(bytes.count))
    precondition(done == 0, "libsodium failed in crypto_generichash_update")
  }

  @usableFromInline
  mutating func appendField(raw bytes: UnsafeRawBufferPointer) {
    withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { append(raw: $0) }
    append(raw: bytes)
  }

  @usableFromInline
  static var stateCount: Int { crypto_generichash_statebytes() }

  /// Of `crypto_generichash_state`.
  @usableFromInline
  static var stateAlignment: Int { 64 }

  /// The part of this room in which the state may lie.
  @usableFromInline
  static func aligned(_ room: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    let skipped = -Int(bitPattern: room.baseAddress) & (stateAlignment - 1)
    return UnsafeMutableRawBufferPointer(rebasing: room[skipped..<(skipped + stateCount)])
  }

  @usableFromInline
  init(in memory: UnsafeMutableRawBufferPointer, key: UnsafeRawBufferPointer, count: Int) {
    Sodium.prepare()
    precondition((16...64).contains(count), "BLAKE2b gives 16 to 64 bytes")
    precondition(key.isEmpty || (16...64).contains(key.count), "a BLAKE2b key has 16 to 64 bytes")
    state = OpaquePointer(memory.outputAddress)
    let done = crypto_generichash_init(state, key.isEmpty ? nil : key.addressOrPlaceholder, key.count, count)
    precondition(done == 0, "libsodium failed in crypto_generichash_init")
  }

  @usableFromInline
  mutating func finish(into output: UnsafeMutableRawBufferPointer) {
    let done = crypto_generichash_final(state, output.outputAddress, output.count)
    precondition(done == 0, "libsodium failed in crypto_generichash_final")
  }

  @usableFromInline
  static func wipe(_ memory: UnsafeMutableRawBufferPointer) { sodium_memzero(memory.baseAddress, memory.count) }
}
