import Cryptography
import Encodings
import Synchronization
import TestSupport

/// Bytes written in hexadecimal; a typing error in a test gives bytes that no assertion expects.
func hex(_ text: String) -> [UInt8] { Hex.decode(text) ?? Array("not hexadecimal".utf8) }

extension GuardedBytes {
  /// The bytes, for assertions.
  var exposedForTests: [UInt8] { withBytes { Array($0) } }
}

extension RandomSource {
  /// A repeatable source.
  static func seeded(_ seed: UInt64) -> RandomSource {
    let random = SeededBytes(seed)
    return RandomSource(insecureForTests: { random.fill($0) })
  }
}

private final class SeededBytes: Sendable {
  private let random: Mutex<SeededRandom>

  init(_ seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    random.withLock { random in
      for start in stride(from: 0, to: buffer.count, by: 8) {
        withUnsafeBytes(of: random.next()) { word in
          UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).copyBytes(from: word.prefix(buffer.count - start))
        }
      }
    }
  }
}
