import Cryptography
import Encodings
import Synchronization
import TestSupport

@testable import Keyring

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

/// A keyring on a fake disk, from a seed.
struct Rig {
  static let now = Instant(millisecondsSinceEpoch: 1_795_536_339_000)
  static let keyFile = SealCredential.keyFile(path: "/operator/key")

  let disk: FakeDisk
  let folder: KeyringFolder

  init(seed: UInt64 = 1, disk: FakeDisk = FakeDisk()) {
    self.disk = disk
    folder = KeyringFolder("/data", files: disk, random: .seeded(seed))
  }

  func initialised() throws -> Keyring { try folder.initialise(seal: Self.keyFile, at: Self.now) }
}

extension EnvelopeContext {
  static let kv = EnvelopeContext(
    purpose: .kvSecret, table: "kv_versions", row: "17", column: "value",
    context: [Array("secret/app".utf8), [0, 0, 0, 1]], version: 3)
  static let event = EnvelopeContext(
    purpose: .runEvent, table: "run_events", row: "4/1", column: "payload", context: [Array("run-4".utf8)], version: 1)
}
