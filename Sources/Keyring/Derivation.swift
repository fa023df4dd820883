internal import Cryptography

/// Keys from keys: BLAKE2b-256, keyed with the parent, over a label and fields that carry their lengths.
enum Derivation {
  static let keyCount = 32

  /// The key of a purpose under a term key or the installation key.
  static func purposeKey(
    _ purpose: Purpose, from parent: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) {
    BLAKE2b.hash(into: output, rawKey: parent) { hasher in
      hasher.appendField("chancery purpose v1" as StaticString)
      hasher.appendField(purpose.rawValue)
    }
  }

  /// The key of a context under its purpose key.
  static func contextKey(
    _ context: [[UInt8]], from parent: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) {
    BLAKE2b.hash(into: output, rawKey: parent) { hasher in
      hasher.appendField("chancery context v1" as StaticString)
      for field in context { hasher.appendField(field) }
    }
  }

  /// The key of a purpose and context under a run key.
  static func runContextKey(
    _ purpose: Purpose, _ context: [[UInt8]], from runKey: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) {
    BLAKE2b.hash(into: output, rawKey: runKey) { hasher in
      hasher.appendField("chancery run context v1" as StaticString)
      hasher.appendField(purpose.rawValue)
      for field in context { hasher.appendField(field) }
    }
  }
}
