import Cryptography
import Encodings
import Glibc
import NamedKeys

/// What one use of a named key costs, without the service: signing and verifying, encrypting and decrypting, by type, for a
/// message of 1 KiB. A JSON line for each; `Benchmarks/keys.py` puts `openssl speed` beside it.
@main
enum KeySpeed {
  static func main() throws {
    let seconds = CommandLine.arguments.dropFirst().first.flatMap { Double($0) } ?? 1
    try SecretArena.shared.reserve(allowingUnlocked: true)
    let message = [UInt8](repeating: 0x61, count: 1024)
    for type in KeyType.allCases {
      guard let material = try? KeyMaterial.generate(type) else { continue }
      let key = try NamedKey(
        name: KeyName("bench"), type: type, firstPublicKey: material.publicKey, createdAt: Instant(secondsSinceEpoch: 0)
      )
      if case .cipher = type.algorithm {
        let plaintext = GuardedBytes(copying: message)
        let encrypting = try DataCipher.encrypting(key, nil, material)
        let decrypting = try DataCipher.decrypting(key, 1, material)
        let text = try encrypting.encrypt(plaintext)
        try report(type, "encrypt", seconds) { _ = try encrypting.encrypt(plaintext) }
        try report(type, "decrypt", seconds) { _ = try decrypting.decrypt(text) }
      } else {
        let signer = try Signer(key, nil, material)
        let verifier = try SignatureVerifier(key, 1, material: material)
        let text = try signer.sign(message)
        try report(type, "sign", seconds) { _ = try signer.sign(message) }
        try report(type, "verify", seconds) {
          guard verifier.isValid(text, for: message) else { throw NamedKeyError.cannotOpen }
        }
      }
    }
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Rounds of growing size until the time is spent.
  private static func report(_ type: KeyType, _ use: String, _ seconds: Double, _ body: () throws -> Void) throws {
    for _ in 0..<8 { try body() }
    let began = now()
    var count = 0
    var round = 8
    while now() - began < seconds {
      for _ in 0..<round { try body() }
      count += round
      round = min(round * 2, 4096)
    }
    let microseconds = (now() - began) / Double(count) * 1e6
    print("{\"type\":\"\(type.rawValue)\",\"use\":\"\(use)\",\"us\":\((microseconds * 100).rounded() / 100)}")
  }
}
