import Cryptography
import Encodings
import JOSE
import Testing

/// What Project Wycheproof does not ask (its cases are judged in `conformanceTests`).
@Suite("JSON Web Signature")
struct JSONWebSignatureTests {
  static let secret = GuardedBytes(copying: [UInt8](repeating: 7, count: 32))
  static let secretKey = #"{"kty":"oct","k":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc","kid":"a"}"#

  static func keys(_ json: String) throws -> JSONWebKeySet {
    let tape = try JSONTape(Array(json.utf8))
    return try JSONWebKeySet(tape, tape.root)
  }

  static func token(_ header: String, _ payload: String = "payload") -> String {
    let input =
      Base64.encode(Array(header.utf8), alphabet: .urlSafe, padded: false) + "."
      + Base64.encode(Array(payload.utf8), alphabet: .urlSafe, padded: false)
    let tag = HMAC.authenticate(Array(input.utf8), key: secret, hash: .sha256)
    return input + "." + Base64.encode(tag, alphabet: .urlSafe, padded: false)
  }

  @Test("A token under its key gives its payload")
  func verifying() throws {
    let keys = try Self.keys(Self.secretKey)
    #expect(try JSONWebSignature.verify(Self.token(#"{"alg":"HS256"}"#), keys: keys) == Array("payload".utf8))
    #expect(
      try JSONWebSignature.verify(Self.token(#"{"alg":"HS256","kid":"a","typ":"JWT"}"#), keys: keys)
        == Array("payload".utf8))
  }

  @Test("Headers that ask for what there is not are refused, rightly signed or not")
  func headers() throws {
    let keys = try Self.keys(Self.secretKey)
    let refusals: [(String, JOSEFault)] = [
      (#"{"alg":"HS256","crit":["b64"],"b64":false}"#, .critical), (#"{"alg":"HS256","crit":[]}"#, .critical),
      (#"{"alg":"none"}"#, .algorithm), (#"{"alg":"hs256"}"#, .algorithm), (#"{"alg":"HS1"}"#, .algorithm),
      (#"{"alg":5}"#, .header), (#"{}"#, .header), (#"[]"#, .header), (#"{"alg":"HS256","alg":"HS256"}"#, .header),
      (#"{"alg":"HS256","kid":"b"}"#, .unknownKey), (#"{"alg":"HS256","kid":1}"#, .header),
      (#"{"alg":"ES256"}"#, .keyUse), (#"{"alg":"HS384"}"#, .key), (#"{"alg":"HS512"}"#, .key),
    ]
    for (header, fault) in refusals {
      #expect(throws: fault, "\(header)") { try JSONWebSignature.verify(Self.token(header), keys: keys) }
    }
  }

  @Test("Every algorithm of a public key verifies what its private key signed, and nothing under another")
  func publicKeys() throws {
    let cases: [(PrivateKey.KeyType, [String])] = [
      (.rsa2048, ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]), (.p256, ["ES256"]), (.p384, ["ES384"]),
      (.p521, ["ES512"]), (.ed25519, ["EdDSA"]),
    ]
    let all = cases.flatMap { $0.1 }
    for (type, names) in cases {
      let key = PrivateKey.generate(type)
      let keys = try Self.keys(Self.json(key.publicKey))
      for name in names {
        let algorithm = try #require(JSONWebAlgorithm(name: name))
        let way = try #require(algorithm.publicKeySignature)
        let input =
          Base64.encode(Array(#"{"alg":"\#(name)"}"#.utf8), alphabet: .urlSafe, padded: false) + ".AQ"
        let signature = try key.sign(Array(input.utf8), as: way)
        let end = Base64.encode(signature, alphabet: .urlSafe, padded: false)
        #expect(try JSONWebSignature.verify(input + "." + end, keys: keys) == [1])
        for other in all where other != name {
          let header = Base64.encode(Array(#"{"alg":"\#(other)"}"#.utf8), alphabet: .urlSafe, padded: false)
          #expect(throws: JOSEFault.notAuthentic) {
            try JSONWebSignature.verify(header + ".AQ." + end, keys: keys)
          }
        }
      }
    }
  }

  @Test("Keys that are none are refused: numbers missing, of another length, of another curve")
  func keys() {
    let none = [
      #"{"kty":"oct"}"#, #"{"kty":"oct","k":5}"#, #"{"kty":"oct","k":"a=="}"#,
      #"{"kty":"OKP","crv":"X25519","x":"AA"}"#,
      #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#, #"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#,
      #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, #"{"kty":"dh"}"#, #"{"k":"AA"}"#,
    ]
    for json in none { #expect(throws: JOSEFault.key, "\(json)") { try Self.keys(json) } }
    #expect(throws: JOSEFault.keySet) { try Self.keys(#"{"keys":[]}"#) }
    #expect(throws: JOSEFault.keySet) { try Self.keys(#"{"keys":{}}"#) }
    let many = Array(repeating: #"{"kty":"oct","k":"AA"}"#, count: 65).joined(separator: ",")
    #expect(throws: JOSEFault.keySet) { try Self.keys(#"{"keys":[\#(many)]}"#) }
  }

  static func json(_ key: PublicKey) -> String {
    func text(_ bytes: [UInt8]) -> String { Base64.encode(bytes, alphabet: .urlSafe, padded: false) }
    switch key.components {
    case .ed25519(let bytes): return #"{"kty":"OKP","crv":"Ed25519","x":"\#(text(bytes))"}"#
    case .point(let curve, let x, let y):
      let name = curve == .p256 ? "P-256" : curve == .p384 ? "P-384" : "P-521"
      return #"{"kty":"EC","crv":"\#(name)","x":"\#(text(x))","y":"\#(text(y))"}"#
    case .rsa(let modulus, let exponent): return #"{"kty":"RSA","n":"\#(text(modulus))","e":"\#(text(exponent))"}"#
    }
  }
}
