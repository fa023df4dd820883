import Encodings
import TestSupport
import Testing

@testable import conformance

@Suite("Project Wycheproof, whole")
struct WycheproofTests {
  /// How many cases each file has. A file that is not here fails, as does one that has other cases than it says.
  static let counts: [String: Int] = [
    "aes_gcm": 217, "aes_kwp": 170, "aes_siv_cmac": 294, "aes_wrap": 111,
    "c2sp_chunked_encryption_aes_128_gcm": 24, "c2sp_chunked_encryption_aes_256_gcm": 22, "chacha20_poly1305": 215,
    "ecdsa_secp256r1_sha256_p1363": 177, "ecdsa_secp256r1_sha256": 321, "ecdsa_secp384r1_sha256": 315,
    "ecdsa_secp384r1_sha384_p1363": 188, "ecdsa_secp384r1_sha384": 336, "ed25519": 94, "hkdf_sha256": 57,
    "hkdf_sha384": 58, "hkdf_sha512": 56, "hmac_sha1": 114, "hmac_sha256": 116, "hmac_sha384": 116,
    "hmac_sha512": 116, "json_web_crypto": 54, "json_web_key": 19, "json_web_signature": 266,
    "rsa_oaep_2048_sha256_mgf1sha256": 24, "rsa_pkcs1_2048_sig_gen": 27, "rsa_pss_2048_sha256_mgf1_0": 69,
    "rsa_pss_2048_sha256_mgf1_32": 73, "rsa_pss_3072_sha256_mgf1_32": 73, "rsa_pss_4096_sha256_mgf1_32": 71,
    "rsa_pss_4096_sha384_mgf1_48": 93, "rsa_pss_4096_sha512_mgf1_64": 119, "rsa_pss_misc": 100,
    "rsa_signature_2048_sha256": 171, "rsa_signature_2048_sha384": 172, "rsa_signature_2048_sha512": 175,
    "rsa_signature_3072_sha256": 172, "rsa_signature_4096_sha256": 172, "rsa_signature_4096_sha512": 172,
    "x25519": 345, "xchacha20_poly1305": 211,
  ]

  /// Cases whose verdict in the file is an error of the file: 367 is a token without any fault that is called
  /// invalid, 372 has a character in its header that is in no alphabet (RFC 7515 §2) and is called valid. In the
  /// files' own comments each is what the other should be.
  static let errors: [String: [String: Bool]] = ["json_web_signature": ["367": true, "372": false]]

  @Test("The folder holds the forty files, and no other")
  func files() throws {
    let names = try Vectors.names(in: "wycheproof").filter { $0.hasSuffix("_test.json") }
    #expect(Set(names) == Set(Self.counts.keys.map { "\($0)_test.json" }))
    #expect(Self.counts.count == 40)
    #expect(Self.counts.values.reduce(0, +) == 5695)
  }

  @Test("Every case of a file is judged as the file says", arguments: counts.keys.sorted())
  func verdicts(name: String) throws {
    let expected = try Self.expected(name)
    let verdicts = try WycheproofFile.judge(try Vectors.url("wycheproof/\(name)_test.json").path)
    #expect(verdicts.count == Self.counts[name])
    #expect(expected.count == Self.counts[name])
    for verdict in verdicts {
      let wanted = Self.errors[name]?[verdict.id] ?? expected[verdict.id]
      #expect(verdict.isAccepted == wanted, "\(name), case \(verdict.id)")
    }
    #expect(verdicts.contains { $0.isAccepted })
  }

  /// What the file says of each case. `acceptable` is refused, but for the two files that NOTICE excepts.
  private static func expected(_ name: String) throws -> [String: Bool] {
    let tape = try Vectors.json("wycheproof/\(name)_test.json")
    var expected: [String: Bool] = [:]
    for group in tape.children(try #require(tape.member(tape.root, "testGroups"))) {
      for test in tape.children(try #require(tape.member(group, "tests"))) {
        let id = try #require(tape.member(test, "tcId").flatMap(tape.numberText))
        let flags = tape.member(test, "flags").map { tape.children($0).compactMap(tape.string) } ?? []
        switch tape.member(test, "result").flatMap(tape.string) {
        case "valid": expected[id] = true
        case "invalid": expected[id] = false
        case "acceptable":
          // libcrypto signs with such keys; libsodium computes on the twist and refuses a shared secret of zero.
          expected[id] =
            name == "rsa_pkcs1_2048_sig_gen" || (name == "x25519" && !flags.contains("ZeroSharedSecret"))
        default: Issue.record("case \(id) of \(name) has no result")
        }
      }
    }
    return expected
  }
}
