package import Cryptography

/// The key of one blind set: 32 random bytes. With it and the set, guesses of a secret can be confirmed; so it lies in
/// a file of its own (docs/spec/blind-patterns.md §3).
package struct BlindKey: Sendable {
  private static let heading: StaticString = "chancery blind key 1 "
  private static let byteCount = 32

  private let bytes: GuardedBytes

  /// A fresh key.
  package init(from source: RandomSource = .system) {
    bytes = GuardedBytes(random: BlindKey.byteCount, from: source)
  }

  /// The key of a key file's content; nil when it is none.
  package init?(fileText text: [UInt8]) {
    let heading = Array("\(BlindKey.heading)".utf8)
    let line = text.last == 0x0A ? text.dropLast() : text[...]
    guard line.starts(with: heading), line.count == heading.count + 2 * BlindKey.byteCount,
      let bytes = Array(line.dropFirst(heading.count)).withRawBytes({ GuardedHex.decode($0) })
    else { return nil }
    self.bytes = bytes
  }

  /// The content of the key file, lent for the time of the call.
  package func withFileText<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    let heading = Array("\(BlindKey.heading)".utf8)
    let text = GuardedBytes(count: heading.count + 2 * BlindKey.byteCount + 1) { output in
      output.copyBytes(from: heading)
      bytes.withBytes {
        GuardedHex.encode($0, into: UnsafeMutableRawBufferPointer(rebasing: output.dropFirst(heading.count)))
      }
      output[output.count - 1] = 0x0A
    }
    return text.withBytes(body)
  }

  /// What a set says of the key it belongs to.
  var identifier: [UInt8] { hash("key id", count: 16) { _ in } }

  /// The check over all bytes of a set before it.
  func check(of set: some Collection<UInt8>) -> [UInt8] { hash("set", count: 32) { $0.appendField(set) } }

  /// What hides the filter values of one secret: three bytes for each form.
  func pad(secret: Int) -> [UInt8] {
    hash("filter pad", count: 3 * BlindForm.allCases.count) { $0.appendField(UInt64(secret)) }
  }

  /// What the hash of windows multiplies by: of four bytes, of eight.
  var multipliers: (short: UInt64, long: UInt64) {
    let bytes = hash("windows", count: 16) { _ in }
    return (BlindKey.number(bytes[..<8]) | 1, BlindKey.number(bytes[8...]) | 1)
  }

  /// The hash of a whole form, as it is hashed (`BlindForm.hashed`).
  func tag(_ form: BlindForm, _ bytes: UnsafeRawBufferPointer) -> BlindTag {
    var tag: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &tag) { output in
      BLAKE2b.hash(into: output, key: self.bytes) { hasher in
        hasher.appendField("form" as StaticString)
        hasher.appendField(UInt64(form.rawValue))
        hasher.appendField(bytes)
      }
    }
    return BlindTag(high: UInt64(bigEndian: tag.0), low: UInt64(bigEndian: tag.1))
  }

  /// From what the pseudonym of a secret is spelled.
  func pseudonymHash(secret: Int) -> [UInt8] { hash("pseudonym", count: 16) { $0.appendField(UInt64(secret)) } }

  private func hash(_ label: StaticString, count: Int, _ append: (inout BLAKE2b) -> Void) -> [UInt8] {
    Array(unsafeUninitializedCapacity: count) { buffer, filled in
      BLAKE2b.hash(into: UnsafeMutableRawBufferPointer(buffer), key: bytes) { hasher in
        hasher.appendField(label)
        append(&hasher)
      }
      filled = count
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}

extension BlindKey: MaskedPrinting {}

/// The keyed hash of a form: 16 bytes.
struct BlindTag: Equatable, Sendable, MaskedPrinting {
  var high: UInt64
  var low: UInt64
}
