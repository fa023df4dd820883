import Cryptography
import Encodings
import Foundation
import Testing

@testable import Webhooks

/// An own authority, one between, and a sender's certificate, made with the openssl command.
private struct Authority {
  let root: [UInt8]
  let between: [UInt8]
  let sender: [UInt8]
  let otherRoot: [UInt8]
  let signature: [UInt8]
  /// While all of them are valid.
  let now: Instant

  static let message = Array(#"{"a":1}"#.utf8)

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("chain-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func run(_ arguments: String) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
      process.currentDirectoryURL = folder
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }
    func text(_ name: String, _ text: String) throws {
      try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    func bytes(_ name: String) throws -> [UInt8] {
      Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }
    try text("ca.ext", "basicConstraints=critical,CA:TRUE\n")
    try text("leaf.ext", "subjectAltName=DNS:certs.example.org\n")
    try text("message", String(decoding: Self.message, as: UTF8.self))
    let fresh = "-newkey rsa:2048 -nodes -sha256"
    for name in ["root", "other"] {
      try run("req -x509 -subj /CN=\(name) -days 30 -keyout \(name).key -out \(name).pem \(fresh)")
    }
    try run("req -subj /CN=between -keyout between.key -out between.csr \(fresh)")
    try run(
      "x509 -req -in between.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -extfile ca.ext -out between.pem"
    )
    try run("req -subj /CN=certs.example.org -keyout sender.key -out sender.csr \(fresh)")
    try run(
      "x509 -req -in sender.csr -CA between.pem -CAkey between.key -CAcreateserial -days 20 -extfile leaf.ext "
        + "-out sender.pem")
    try run("dgst -sha256 -sign sender.key -out signature message")
    root = try bytes("root.pem")
    otherRoot = try bytes("other.pem")
    between = try bytes("between.pem")
    sender = try bytes("sender.pem")
    signature = try bytes("signature")
    let certificate = try #require(CertificateKey(pem: sender))
    now = certificate.notBefore.advanced(byMilliseconds: 3_600_000)
  }

  static func der(_ pem: [UInt8]) throws -> [UInt8] { try #require(PEMCertificates.decode(pem, atMost: 1)?.first) }
}

@Suite("Certificates by address")
struct FetchedKeyTests {
  private static let address = Array("https://certs.example.org/v1/CERT-0af".utf8)

  private static func scheme(_ rule: String = "") throws -> SignatureScheme {
    let catalogue = try SchemeCatalogue.load(
      """
      by-address:
        signature: {in: header, name: X-Sig, encoding: base64}
        algorithm: rsa-pkcs1-sha256
        message: "{body}"
        key_url: {in: header, name: X-Cert, pattern: 'https://certs\\.example\\.org/v1/CERT-[0-9a-f]+'\(rule)}
      """, file: "s.yaml"
    ).get()
    return try #require(catalogue.scheme(named: "by-address"))
  }

  @Test("A chain to a trusted root, of the right name and time, is a key; every neighbour is refused")
  func chains() throws {
    let authority = try Authority()
    let rootDER = try Authority.der(authority.root)
    func fault(
      _ pem: [UInt8], roots: CertificateChain.Roots? = nil, rule: String = "", after: Int64 = 0,
      address: [UInt8] = Self.address
    ) throws -> WebhookFault? {
      let scheme = try Self.scheme(rule)
      do throws(WebhookFault) {
        _ = try FetchedKey(
          pem: pem, from: address, for: scheme, roots: roots ?? .only([rootDER]),
          now: authority.now.advanced(byMilliseconds: after))
        return nil
      } catch {
        return error
      }
    }
    let whole = authority.sender + authority.between
    let day: Int64 = 86_400_000
    #expect(try fault(whole) == nil)
    #expect(try fault(whole + authority.root) == nil)
    #expect(try fault(authority.sender) == .key(.certificateUntrusted))
    #expect(try fault(authority.between + authority.sender) == .key(.certificateUntrusted))
    #expect(try fault(whole, roots: .only([])) == .key(.certificateUntrusted))
    #expect(try fault(whole, roots: .only([try Authority.der(authority.otherRoot)])) == .key(.certificateUntrusted))
    #expect(try fault(whole, roots: .system) == .key(.certificateUntrusted))
    #expect(try fault(whole, after: 21 * day) == .key(.certificateTime))
    #expect(try fault(whole, after: -2 * day) == .key(.certificateTime))
    #expect(try fault(whole, rule: ", subject: other.example.org") == .key(.certificateUntrusted))
    #expect(try fault(whole, rule: ", subject: certs.example.org") == nil)
    #expect(try fault(authority.sender, rule: ", chain: none") == nil)
    #expect(try fault(whole, address: Array("https://evil.example.org/v1/CERT-0af".utf8)) == .key(.addressForm))
    #expect(try fault([]) == .key(.certificate))
    #expect(try fault(Array("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".utf8)) == .key(.certificate))
    #expect(try fault(Array(authority.sender.dropLast(30))) == .key(.certificate))
    #expect(try fault((0..<9).flatMap { _ in authority.sender }) == .key(.certificate))
    #expect(try fault(whole + [UInt8](repeating: 0x0A, count: 32_768)) == .key(.certificate))
  }

  @Test("A request is verified under the certificate that it names, and under no other")
  func verification() throws {
    let authority = try Authority()
    let scheme = try Self.scheme()
    let endpoint = try Fixture.endpoint(.signature(scheme))
    let key = try FetchedKey(
      pem: authority.sender + authority.between, from: Self.address, for: scheme,
      roots: .only([try Authority.der(authority.root)]), now: authority.now)
    let right = Fixture.request(
      [
        ("X-Sig", Base64.encode(authority.signature)), ("X-Cert", String(decoding: Self.address, as: UTF8.self)),
      ], body: Authority.message)
    let verifier = Fixture.verifier()
    #expect(verifier.keyAddress(of: right, at: endpoint) == Self.address)
    let keys = EndpointKeys.none.adding(key) { _ in "#fetched" }
    #expect(keys.names == ["fetched"])
    #expect(Fixture.verify(right, endpoint, keys, now: authority.now).request?.keyName == "fetched")
    #expect(Fixture.verify(right, endpoint, .none, now: authority.now).refusal == .noKeyConfigured)
    let elsewhere = right.replacing("X-Cert", by: "https://certs.example.org/v1/CERT-0ae")
    #expect(Fixture.verify(elsewhere, endpoint, keys, now: authority.now).refusal == .keyAddressRefused)
    let late = authority.now.advanced(byMilliseconds: 21 * 86_400_000)
    #expect(Fixture.verify(right, endpoint, keys, now: late).refusal == .keyAddressRefused)
    #expect(
      Fixture.verify(right.with(body: [0x7B, 0x7D]), endpoint, keys, now: authority.now).refusal == .credentialWrong)
  }

  @Test("A certificate that was entered is fetched anew when it has ended, and its time can be told")
  func pinned() throws {
    let authority = try Authority()
    let scheme = try Self.scheme()
    let key = try EndpointKey(
      text: GuardedBytes(copying: authority.sender), encoding: .x509PEM, named: "pinned", for: scheme,
      url: String(decoding: Self.address, as: UTF8.self))
    let keys = try EndpointKeys([key])
    let day: Int64 = 86_400_000
    #expect(keys.hasCertificate(at: Self.address, now: authority.now))
    #expect(!keys.hasCertificate(at: Self.address, now: authority.now.advanced(byMilliseconds: 21 * day)))
    #expect(!keys.hasCertificate(at: Self.address, now: authority.now.advanced(byMilliseconds: -2 * day)))
    #expect(!keys.hasCertificate(at: Array("https://certs.example.org/v1/CERT-0ae".utf8), now: authority.now))
    let told = try #require(keys.certificates.first)
    #expect(told.name == "pinned" && told.notBefore < authority.now)
    #expect(told.notAfter.milliseconds(since: told.notBefore) == 20 * day)
  }

  @Test("Only an active public endpoint of such a scheme names an address, and only one of its pattern")
  func addresses() throws {
    let scheme = try Self.scheme()
    let verifier = Fixture.verifier()
    let named = Fixture.request([("X-Cert", String(decoding: Self.address, as: UTF8.self))])
    let type = EndpointAuthentication.signature(scheme)
    #expect(verifier.keyAddress(of: named, at: try Fixture.endpoint(type)) == Self.address)
    #expect(verifier.keyAddress(of: named, at: try Fixture.endpoint(type, isActive: false)) == nil)
    #expect(verifier.keyAddress(of: named, at: try Fixture.endpoint(type, access: .internalOnly)) == nil)
    #expect(verifier.keyAddress(of: named, at: try Fixture.endpoint(.signature(try Fixture.github))) == nil)
    for bad in [
      "http://certs.example.org/v1/CERT-0af", "https://certs.example.org.evil/v1/CERT-0af",
      "https://certs.example.org/v1/CERT-0af?x", "https://10.0.0.1/v1/CERT-0af", "",
    ] {
      #expect(verifier.keyAddress(of: named.replacing("X-Cert", by: bad), at: try Fixture.endpoint(type)) == nil)
    }
    #expect(verifier.keyAddress(of: named.adding("X-Cert", "a"), at: try Fixture.endpoint(type)) == nil)
    #expect(FetchedKey.host(of: Array("https://a.example:443/x".utf8)) == "a.example")
    #expect(FetchedKey.host(of: Array("https://u@a.example/x".utf8)) == "")
    #expect(FetchedKey.host(of: Array("http://a.example/x".utf8)) == "")
  }
}
