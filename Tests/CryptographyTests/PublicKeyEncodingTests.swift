import Cryptography
import TestSupport
import Testing

@Suite("Public keys in and out")
struct PublicKeyEncodingTests {
  @Test("A key is the same from DER, PEM and its numbers", arguments: PrivateKeyTests.types)
  func forms(type: PrivateKey.KeyType) throws {
    let key = PrivateKey.generate(type).publicKey
    let der = key.subjectPublicKeyInfo
    #expect(try PublicKey(subjectPublicKeyInfo: der).subjectPublicKeyInfo == der)
    #expect(try PublicKey(pem: Array(key.pem.utf8)).subjectPublicKeyInfo == der)
    #expect(try PublicKey(key.components).subjectPublicKeyInfo == der)
    #expect(try PublicKey(subjectPublicKeyInfo: der).components == key.components)
    #expect(throws: CryptographyError.notAPublicKey) { try PublicKey(subjectPublicKeyInfo: der + [0]) }
    #expect(throws: CryptographyError.notAPublicKey) { try PublicKey(subjectPublicKeyInfo: der.dropLast()) }
    #expect(throws: CryptographyError.notAPublicKey) { try PublicKey(pem: Array((key.pem + "x").utf8)) }
    for kind in PublicKey.Kind.allCases where kind != type.kind {
      #expect(throws: CryptographyError.notAPublicKey) { try PublicKey(subjectPublicKeyInfo: der, kind: kind) }
    }
  }

  @Test("A changed byte in front of the key makes it none", arguments: PrivateKeyTests.types)
  func strictness(type: PrivateKey.KeyType) throws {
    let der = PrivateKey.generate(type).publicKey.subjectPublicKeyInfo
    for index in 0..<12 {
      for bit in 0..<8 {
        var changed = der
        changed[index] ^= 1 << bit
        #expect(throws: CryptographyError.notAPublicKey, "byte \(index), bit \(bit)") {
          try PublicKey(subjectPublicKeyInfo: changed)
        }
      }
    }
  }

  @Test("Points off the curve, compressed, hybrid and at infinity are no keys")
  func points() throws {
    for curve in EllipticCurve.allCases {
      let type: PrivateKey.KeyType = curve == .p256 ? .p256 : curve == .p384 ? .p384 : .p521
      guard case .point(_, let x, let y) = PrivateKey.generate(type).publicKey.components else {
        Issue.record("a key on a curve has coordinates")
        continue
      }
      #expect(try PublicKey(point: [4] + x + y, on: curve).kind == curve.keyKind)
      var off = y
      off[off.count - 1] ^= 1
      let none: [[UInt8]] = [
        [4] + x + off, [2] + x, [3] + x, [6] + x + y, [7] + x + y, [0], [], [4], [4] + x,
        [4] + [UInt8](repeating: 0, count: 2 * curve.byteCount),
        [4] + [UInt8](repeating: 255, count: 2 * curve.byteCount),
      ]
      for point in none {
        #expect(throws: CryptographyError.notAPublicKey) { try PublicKey(point: point, on: curve) }
      }
    }
  }

  @Test("RSA numbers out of bounds are no keys")
  func rsaNumbers() throws {
    guard case .rsa(let modulus, let exponent) = PrivateKey.generate(.rsa2048).publicKey.components else {
      Issue.record("an RSA key has a modulus")
      return
    }
    #expect(exponent == [1, 0, 1])
    #expect(try PublicKey(modulus: modulus, exponent: [3]).kind == .rsa)
    var even = modulus
    even[even.count - 1] &= 0xFE
    let none: [([UInt8], [UInt8])] = [
      (modulus, []), (modulus, [0]), (modulus, [1]), (modulus, [2]), (modulus, [1, 0, 0]), (modulus, [0, 1, 0, 1]),
      (modulus, [1, 0, 0, 0, 1]), ([0] + modulus, exponent), (even, exponent), (Array(modulus.dropLast()), exponent),
      ([], exponent), ([UInt8](repeating: 255, count: 1025), exponent),
    ]
    for (modulus, exponent) in none {
      #expect(throws: CryptographyError.notAPublicKey, "\(exponent), \(modulus.count) bytes") {
        try PublicKey(modulus: modulus, exponent: exponent)
      }
    }
  }

  @Test("Ed25519 points of small order, of mixed order and in a second encoding are no keys")
  func ed25519Points() throws {
    let tape = try Vectors.json("ed25519-edge/ed25519vectors.json")
    var refused = 0
    for test in tape.children(tape.root) {
      let key = hex(try #require(tape.member(test, "key").flatMap(tape.string)))
      let flags = Set(tape.member(test, "flags").map { tape.children($0).compactMap(tape.string) } ?? [])
      let isOdd = !flags.isDisjoint(with: ["low_order_A", "low_order_component_A", "non_canonical_A"])
      let isKey = (try? PublicKey(rawEd25519: key)) != nil
      #expect(isKey == !isOdd, "\(flags.sorted())")
      refused += isKey ? 0 : 1
    }
    #expect(refused > 0)
    #expect(throws: CryptographyError.notAPublicKey) { try PublicKey(rawEd25519: [UInt8](repeating: 9, count: 31)) }
  }
}
