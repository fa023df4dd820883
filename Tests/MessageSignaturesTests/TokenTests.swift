import Cryptography
import Encodings
import TestSupport
import Testing

@testable import MessageSignatures

@Suite("JSON Web Tokens")
struct TokenTests {
  private static func verifier(
    _ keys: [MessageVerificationKey]? = nil, issuer: String? = nil, audience: String? = nil, type: String? = nil,
    required: [String] = [], leeway: Int64 = 0, maximumAge: Int64? = nil
  ) throws -> TokenVerifier {
    let policy = TokenPolicy(
      issuer: issuer, audience: audience, requiredClaims: required, type: type, leewaySeconds: leeway,
      maximumAgeSeconds: maximumAge)
    return try TokenVerifier(
      policy, keys: keys ?? [try MessageVerificationKey(secret: Fixture.secret, .hmacSHA256, keyID: "k")])
  }

  /// A token with a header and claims that we write by hand, signed rightly.
  private static func token(_ header: String, _ claims: String) -> [UInt8] {
    func encode(_ bytes: [UInt8]) -> [UInt8] { Base64.encodeBytes(bytes, alphabet: .urlSafe, padded: false) }
    let input = encode(Array(header.utf8)) + [0x2E] + encode(Array(claims.utf8))
    return input + [0x2E] + encode(HMAC.authenticate(input, key: Fixture.secret, hash: .sha256))
  }

  private static let header = #"{"alg":"HS256","kid":"k"}"#

  private static func refusal(_ verifier: TokenVerifier, _ token: [UInt8], now: Instant = Fixture.now) -> TokenRefusal?
  {
    do throws(TokenRefusal) {
      _ = try verifier.verify(token, now: now)
      return nil
    } catch {
      return error
    }
  }

  @Test("The example of RFC 7515 A.1 is right, until it expires")
  func publishedMAC() throws {
    let set = """
      {"keys":[{"kty":"oct","alg":"HS256",\
      "k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]}
      """
    let keys = try JSONWebKey.set(Fixture.bytes(set))
    let token = Fixture.bytes(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
        + "bS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    let verifier = try Self.verifier(keys, issuer: "joe", type: "jwt")
    let verified = try verifier.verify(token, now: Instant(secondsSinceEpoch: 1_300_819_379))
    #expect(verified.text("iss") == "joe")
    #expect(Self.refusal(verifier, token, now: Instant(secondsSinceEpoch: 1_300_819_380)) == .expired)
  }

  @Test("The signature of RFC 8037 A.4 is made and accepted")
  func publishedEd25519() throws {
    let seed = try #require(
      Base64.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", alphabet: .urlSafe, padding: .forbidden))
    let signer = try SigningKeyText.signer(
      GuardedBytes(copying: Base64.encodeBytes(seed)), .base64, .ed25519)
    let input = Fixture.bytes("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")
    let expected =
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    #expect(Base64.encode(try signer.sign(input), alphabet: .urlSafe, padded: false) == expected)
    let key = """
      {"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
      """
    let published = try #require(try JSONWebKey.set(Fixture.bytes(key)).first)
    #expect(published.isValid(try signer.sign(input), for: input))
  }

  @Test("Tokens of every algorithm are made, carry the claims, and live as long as they say")
  func roundTrips() throws {
    let algorithms: [(MessageSignatureAlgorithm, PrivateKey.KeyType?)] = [
      (.hmacSHA256, nil), (.ed25519, .ed25519), (.ecdsaP256SHA256, .p256), (.ecdsaP384SHA384, .p384),
      (.rsaPKCS1SHA256, .rsa2048), (.rsaPKCS1SHA384, .rsa2048), (.rsaPKCS1SHA512, .rsa2048),
      (.rsaPSSSHA256, .rsa2048),
    ]
    let rsa = PrivateKey.generate(.rsa2048)
    for (algorithm, type) in algorithms {
      let signer: any MessageSigner
      let key: MessageVerificationKey
      if let type {
        let pair = type == .rsa2048 ? rsa : PrivateKey.generate(type)
        signer = try PrivateKeySigner(pair, algorithm)
        key = try MessageVerificationKey(publicKey: pair.publicKey, algorithm, keyID: "k")
      } else {
        signer = try SecretSigner(Fixture.secret, algorithm)
        key = try MessageVerificationKey(secret: Fixture.secret, algorithm, keyID: "k")
      }
      let creation = try TokenCreation(keyID: "k", lifetimeSeconds: 60)
      let claims = [TokenCreation.Claim("iss", text: "us \"é\""), TokenCreation.Claim("n", json: Fixture.bytes("[1]"))]
      let token = try creation.sign(claims, with: signer, now: Fixture.now, id: "j")
      let verifier = try Self.verifier([key], issuer: "us \"é\"", type: "JWT", maximumAge: 60)
      let verified = try verifier.verify(token, now: Fixture.now)
      #expect(verified.text("jti") == "j")
      #expect(
        verified.claims.member(verified.claims.root, "n").map(verified.claims.text).map(Array.init)
          == Fixture.bytes("[1]"))
      #expect(Self.refusal(verifier, token, now: Fixture.now.advanced(byMilliseconds: 60_000)) == .expired)
      #expect(Self.refusal(verifier, token, now: Fixture.now.advanced(byMilliseconds: -1_000)) == .notYetValid)
    }
  }

  @Test("What cannot be signed is refused before it is")
  func unsignable() throws {
    let signer = try SecretSigner(Fixture.secret, .hmacSHA256)
    let creation = try TokenCreation(keyID: nil)
    func sign(_ claims: [TokenCreation.Claim], _ signer: any MessageSigner) throws {
      _ = try creation.sign(claims, with: signer, now: Fixture.now, id: nil)
    }
    let claim = TokenCreation.Claim("a", text: "b")
    #expect(throws: SigningFault.setting) { try sign([claim, claim], signer) }
    for name in ["exp", "iat", "jti"] {
      #expect(throws: SigningFault.claim(name)) { try sign([TokenCreation.Claim(name, text: "1")], signer) }
    }
    #expect(throws: SigningFault.algorithm) { try sign([], SecretSigner(Fixture.secret, .hmacSHA512)) }
    let short = GuardedBytes(copying: [UInt8](repeating: 1, count: 31))
    #expect(throws: SigningFault.keyTooShort) { try sign([], SecretSigner(short, .hmacSHA256)) }
    let huge = TokenCreation.Claim("a", text: String(repeating: "x", count: MessageSignatureLimits.tokenBytes))
    #expect(throws: SigningFault.setting) { try sign([huge], signer) }
    for lifetime in [Int64(0), -1, 3_601] {
      #expect(throws: SigningFault.setting) { try TokenCreation(keyID: nil, lifetimeSeconds: lifetime) }
    }
    for type in ["", "a b", "\""] {
      #expect(throws: SigningFault.setting) { try TokenCreation(keyID: nil, type: type) }
    }
  }

  @Test("Headers that say something else, or something twice, are refused")
  func headers() throws {
    let verifier = try Self.verifier()
    let claims = #"{"exp":1900000000}"#
    let cases: [(String, TokenRefusal?)] = [
      (Self.header, nil), (#"{"alg":"HS256"}"#, nil), (#"{"alg":"HS256","kid":"other"}"#, .keyUnknown),
      (#"{"alg":"hs256","kid":"k"}"#, .algorithmContradicts), (#"{"alg":"none","kid":"k"}"#, .algorithmContradicts),
      (#"{"alg":"RS256","kid":"k"}"#, .algorithmContradicts), (#"{"kid":"k"}"#, .headerMalformed),
      (#"{"alg":256,"kid":"k"}"#, .headerMalformed), (#"{"alg":"HS256","kid":1}"#, .headerMalformed),
      (#"{"alg":"HS256","kid":"k","kid":"k"}"#, .headerMalformed), (#"["HS256"]"#, .headerMalformed),
      ("x", .headerMalformed),
      (#"{"alg":"HS256","kid":"k","crit":["b64"],"b64":true}"#, .critical), (#"{"alg":"HS256","crit":[]}"#, .critical),
      (#"{"alg":"HS256","b64":false}"#, .critical), (#"{"alg":"HS256","typ":1}"#, .headerMalformed),
    ]
    for (header, refusal) in cases {
      #expect(Self.refusal(verifier, Self.token(header, claims)) == refusal, "\(header)")
    }
    let typed = try Self.verifier(type: "at+jwt")
    #expect(Self.refusal(typed, Self.token(Self.header, claims)) == .typeWrong)
    #expect(Self.refusal(typed, Self.token(#"{"alg":"HS256","typ":"AT+JWT"}"#, claims)) == nil)
    let two = try Self.verifier([
      MessageVerificationKey(secret: Fixture.secret, .hmacSHA256, keyID: "k"),
      MessageVerificationKey(secret: Fixture.secret, .hmacSHA256, keyID: "l"),
    ])
    #expect(Self.refusal(two, Self.token(#"{"alg":"HS256"}"#, claims)) == .keyUnknown)
  }

  @Test("Claims: times, issuer, audience, and the types that they must have")
  func claims() throws {
    let plain = try Self.verifier()
    let now = 1_800_000_000
    let cases: [(String, TokenRefusal?)] = [
      (#"{"exp":\#(now + 1)}"#, nil), (#"{"exp":\#(now)}"#, .expired), (#"{}"#, .claimMissing),
      (#"[]"#, .claimsMalformed),
      (#"{"exp":1,"exp":1900000000}"#, .claimsMalformed), (#"{"exp":"1900000000"}"#, .claimsMalformed),
      (#"{"exp":1.9e9}"#, .claimsMalformed), (#"{"exp":-1}"#, .claimsMalformed), (#"{"exp":\#(now).9}"#, .expired),
      (#"{"exp":null}"#, .claimsMalformed), (#"{"exp":9999999999999999}"#, .claimsMalformed),
      (#"{"exp":1900000000,"nbf":\#(now)}"#, nil), (#"{"exp":1900000000,"nbf":\#(now + 1)}"#, .notYetValid),
      (#"{"exp":1900000000,"nbf":\#(now).1}"#, .notYetValid), (#"{"exp":1900000000,"nbf":\#(now).0}"#, nil),
      (#"{"exp":1900000000,"iat":\#(now + 1)}"#, .notYetValid), (#"{"exp":1900000000,"iat":"x"}"#, .claimsMalformed),
      (#"{"exp":1900000000,"aud":"us"}"#, .audienceWrong), (#"{"exp":1900000000,"aud":[]}"#, .audienceWrong),
      (#"{"exp":1900000000,"aud":1}"#, .claimsMalformed), (#"{"exp":1900000000,"iss":1}"#, .claimsMalformed),
      (#"{"exp":1900000000,"sub":1}"#, .claimsMalformed), (#"{"exp":1900000000,"jti":[]}"#, .claimsMalformed),
    ]
    for (claims, refusal) in cases {
      #expect(Self.refusal(plain, Self.token(Self.header, claims)) == refusal, "\(claims)")
    }
    let strict = try Self.verifier(issuer: "é", audience: "us", required: ["sub"], leeway: 10, maximumAge: 60)
    func claims(_ text: String) -> [UInt8] { Self.token(Self.header, "{\(text)}") }
    let good = #""sub":"s","iss":"é","aud":["x","us"],"exp":\#(now - 9),"nbf":\#(now + 10),"iat":\#(now - 70)"#
    #expect(Self.refusal(strict, claims(good)) == nil)
    for (from, to, refusal): (String, String, TokenRefusal) in [
      (#""sub":"s","#, "", .claimMissing), (#""iss":"é","#, "", .claimMissing),
      (#""iss":"é""#, "\"iss\":\"e\u{301}\"", .issuerWrong), (#""aud":["x","us"],"#, "", .claimMissing),
      (#"["x","us"]"#, #"["x",1,"us"]"#, .claimsMalformed), (#"["x","us"]"#, #""x""#, .audienceWrong),
      ("\(now - 9)", "\(now - 10)", .expired), ("\(now + 10)", "\(now + 11)", .notYetValid),
      ("\(now - 70)", "\(now - 71)", .tooOld), (#","iat":\#(now - 70)"#, "", .claimMissing),
    ] {
      #expect(Self.refusal(strict, claims(good.replacing(from, with: to))) == refusal, "\(from)")
    }
  }

  @Test("Anything but three canonical parts is refused")
  func parts() throws {
    let verifier = try Self.verifier()
    let good = Self.token(Self.header, #"{"exp":1900000000}"#)
    #expect(Self.refusal(verifier, good) == nil)
    let pieces = good.split(separator: 0x2E).map(Array.init)
    let broken: [[UInt8]] = [
      [], [0x2E, 0x2E], pieces[0] + [0x2E] + pieces[1], good + [0x2E], good + [0x3D], good + [0x0A], [0x20] + good,
      pieces[0] + [0x2E] + pieces[1] + [0x2E], good + [0x2E] + pieces[2] + [0x2E] + pieces[2],
      [UInt8](repeating: 0x41, count: MessageSignatureLimits.tokenBytes + 1),
    ]
    for token in broken { #expect(Self.refusal(verifier, token) == .malformed) }
    for index in good.indices where good[index] != 0x2E {
      var token = good
      token[index] = token[index] == 0x41 ? 0x42 : 0x41
      if token != good { #expect(Self.refusal(verifier, token) != nil) }
    }
  }

  @Test("Keys: what we cannot use is refused and not passed over")
  func webKeys() {
    func fault(_ key: String) -> JSONWebKey.Fault? {
      do throws(JSONWebKey.Fault) {
        _ = try JSONWebKey.set(Fixture.bytes("{\"keys\":[\(key)]}"))
        return nil
      } catch {
        return error
      }
    }
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    let cases: [(String, JSONWebKey.Fault?)] = [
      (#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"\#(x)","use":"sig","key_ops":["verify"],"more":1}"#, nil),
      (#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"\#(x)","use":"enc"}"#, .otherUse),
      (#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"\#(x)","key_ops":["sign"]}"#, .otherUse),
      (#"{"kty":"OKP","crv":"Ed25519","alg":"HS256","x":"\#(x)"}"#, .unsupported),
      (#"{"kty":"OKP","crv":"Ed25519","x":"\#(x)"}"#, .unsupported),
      (#"{"kty":"OKP","crv":"X25519","alg":"EdDSA","x":"\#(x)"}"#, .unsupported),
      (#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"\#(x)="}"#, .malformed),
      (#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA"}"#, .malformed),
      (#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"AAAA"}"#, .unsupported),
      (#"{"kty":"EC","crv":"P-521","alg":"ES256","x":"AA","y":"AA"}"#, .unsupported),
      (#"{"kty":"oct","alg":"RS256","k":"AAAA"}"#, .unsupported),
      (#"{"kty":"oct","alg":"HS256","k":""}"#, .unsupported),
      (#"{"kty":"oct","alg":"none","k":"AAAA"}"#, .unsupported), (#"{"alg":"HS256","k":"AAAA"}"#, .malformed),
      ("1", .malformed),
      (#"{"kty":1}"#, .malformed), (String(repeating: "{},", count: 8) + "{}", .tooMany),
    ]
    for (key, expected) in cases { #expect(fault(key) == expected, "\(key)") }
    #expect(throws: JSONWebKey.Fault.notJSON) { try JSONWebKey.set([]) }
    #expect(throws: JSONWebKey.Fault.malformed) { try JSONWebKey.set(Fixture.bytes("{}")) }
    #expect(throws: MessageSignatureVerifier.Fault.noKeys) { try Self.verifier([]) }
    #expect(throws: MessageSignatureVerifier.Fault.algorithm) {
      try Self.verifier([MessageVerificationKey(secret: Fixture.secret, .hmacSHA512, keyID: nil)])
    }
    #expect(throws: MessageSignatureVerifier.Fault.repeatedKeyID) {
      let key = try MessageVerificationKey(secret: Fixture.secret, .hmacSHA256, keyID: nil)
      return try Self.verifier([key, key])
    }
  }
}
