internal import Cryptography

/// The keys of all purposes under one parent key, derived once and kept in one piece of guarded memory. For a purpose
/// without context fields, the key of its (empty) context stands there already.
struct PurposeKeys: Sendable {
  private let keys: GuardedBytes

  init(parent: UnsafeRawBufferPointer) {
    keys = GuardedBytes(count: Purpose.allCases.count * Derivation.keyCount, placement: .guardedPages) { all in
      for purpose in Purpose.allCases {
        let output = UnsafeMutableRawBufferPointer(rebasing: all[Self.range(purpose)])
        if purpose.contextFields.isEmpty {
          SecretArena.shared.withScratch(Derivation.keyCount) { purposeKey in
            Derivation.purposeKey(purpose, from: parent, into: purposeKey)
            Derivation.contextKey([], from: UnsafeRawBufferPointer(purposeKey), into: output)
          }
        } else {
          Derivation.purposeKey(purpose, from: parent, into: output)
        }
      }
    }
  }

  /// Lends the context key for the time of the call. The number of fields has been checked by the caller.
  func withContextKey<R, E>(
    _ purpose: Purpose, _ context: [[UInt8]], _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try keys.withBytes { (all) throws(E) in
      let stored = UnsafeRawBufferPointer(rebasing: all[Self.range(purpose)])
      guard !context.isEmpty else { return try body(stored) }
      return try SecretArena.shared.withScratch(Derivation.keyCount) { (contextKey) throws(E) in
        Derivation.contextKey(context, from: stored, into: contextKey)
        return try body(UnsafeRawBufferPointer(contextKey))
      }
    }
  }

  private static func range(_ purpose: Purpose) -> Range<Int> {
    let start = purpose.index * Derivation.keyCount
    return start..<(start + Derivation.keyCount)
  }
}
