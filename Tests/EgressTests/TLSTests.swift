import Destinations
import NIOCore
import NIOSSL
import Synchronization
import Testing

@testable import Egress

@Suite struct TLSTests {
  private static let certificates = Result { try TestCertificates(names: "DNS:api.test,IP:127.0.0.1") }

  /// The failure of a GET to a TLS server with the test certificate; nil when it was answered.
  private func failure(
    host: String = "api.test", trusted: Bool, adjust: (inout TLSConfiguration) -> Void = { _ in }
  ) async throws -> EgressFailure? {
    let certificates = try Self.certificates.get()
    let server = try await LoopbackServer.start(tls: try certificates.context(adjust)) { _ in .bytes(http("200 OK")) }
    let trust: TrustedRoots = trusted ? try TrustedRoots(extraRootsPEM: certificates.authorityPEM) : .system
    let rig = EgressRig(
      allowed: ["\(host):\(server.port)"], answers: ["api.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]])
    let failure = try await rig.use { (egress, _) async throws in
      try await egress.failure(
        "https://\(host):\(server.port)/", options: CallOptions(timeout: .seconds(36_000), trust: trust))
    }
    if failure != nil { #expect(server.requests.isEmpty) }
    await server.stop()
    return failure
  }

  @Test("An own authority is accepted as an extra root and refused without it")
  func extraRoot() async throws {
    #expect(try await failure(trusted: true) == nil)
    #expect(try await failure(trusted: false) == .tls(.certificate))
  }

  @Test("The certificate must be for the name of the URL, not for the address that was dialled")
  func name() async throws {
    let otherName = try await failure(host: "other.test", trusted: true)
    #expect(otherName == .tls(.certificate))
    #expect(try await failure(host: "127.0.0.1", trusted: true) == nil)
  }

  @Test("A server that speaks nothing newer than TLS 1.1 is refused")
  func oldVersion() async throws {
    let failure = try await failure(trusted: true) { configuration in
      configuration.minimumTLSVersion = .tlsv1
      configuration.maximumTLSVersion = .tlsv11
    }
    #expect(failure == .tls(.handshake))
    #expect(failure?.mayHaveArrived == false)
  }

  @Test("TLS 1.2 and 1.3 are spoken", arguments: [TLSVersion.tlsv12, .tlsv13])
  func newVersions(_ version: TLSVersion) async throws {
    let failure = try await failure(trusted: true) { configuration in
      configuration.minimumTLSVersion = version
      configuration.maximumTLSVersion = version
    }
    #expect(failure == nil)
  }

  @Test(
    "A name in a certificate stands for itself, and a whole first label for one label",
    arguments: [
      ("api.test", "api.test", true), ("API.Test", "api.test", true), ("*.api.test", "a.api.test", true),
      ("*.api.test", "api.test", false), ("*.api.test", "a.b.api.test", false), ("*.test", "api.test", false),
      ("a*.api.test", "ab.api.test", false), ("*", "localhost", false), ("api.test.", "api.test", false),
      ("other.test", "api.test", false), ("", "api.test", false), ("*.api.*", "a.api.test", false),
      ("api.test\u{0}.evil", "api.test", false),
    ])
  func certificateNames(_ pattern: String, _ host: String, _ expected: Bool) {
    #expect(CertificateName.matches(Array(pattern.utf8), host: host) == expected)
  }

  @Test("A certificate without alternative names is refused though its common name fits")
  func commonName() async throws {
    let certificates = try TestCertificates(names: "email:a@api.test", commonName: "api.test")
    let server = try await LoopbackServer.start(tls: try certificates.context()) { _ in .bytes(http("200 OK")) }
    let trust = try TrustedRoots(extraRootsPEM: certificates.authorityPEM)
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      let failure = try await egress.failure(
        "https://api.test:\(server.port)/", options: CallOptions(timeout: .seconds(36_000), trust: trust))
      #expect(failure == .tls(.certificate))
    }
    #expect(server.requests.isEmpty)
    await server.stop()
  }

  @Test("A server without TLS is not spoken to")
  func notTLS() async throws {
    let server = try await LoopbackServer.start { _ in .bytes(http("200 OK")) }
    var limits = EgressRig.patient
    limits.connect = .seconds(1)
    let isHTTP = try await EgressRig(allowed: ["api.test:\(server.port)"], limits: limits).use {
      (egress, _) async throws in
      try await egress.failure(
        "https://api.test:\(server.port)/", options: CallOptions(timeout: .milliseconds(500)))
    }
    #expect(isHTTP?.reason == "tls" || isHTTP?.reason == "timeout")
    #expect(server.requests.isEmpty)
    await server.stop()
  }

  @Test("The server is told the name of the URL (SNI), and connections are used again")
  func serverName() async throws {
    let certificates = try Self.certificates.get()
    let seen = SeenNames()
    let context = try certificates.context { configuration in
      configuration.sslContextCallback = { values, promise in
        seen.names.withLock { $0.append(values.serverHostname ?? "none") }
        promise.succeed(.noChanges)
      }
    }
    let server = try await LoopbackServer.start(tls: context) { _ in .bytes(http("200 OK")) }
    let trust = try TrustedRoots(extraRootsPEM: certificates.authorityPEM)
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      for _ in 0..<3 {
        let options = CallOptions(timeout: .seconds(36_000), trust: trust)
        _ = try await egress.call("https://api.test:\(server.port)/", options: options)
      }
    }
    #expect(seen.names.withLock { $0 } == ["api.test"])
    #expect(server.connections == 1)
    await server.stop()
  }

  @Test("A connection that was verified under one set of roots is not used under another")
  func trustIsNotShared() async throws {
    let certificates = try Self.certificates.get()
    let server = try await LoopbackServer.start(tls: try certificates.context()) { _ in .bytes(http("200 OK")) }
    let trust = try TrustedRoots(extraRootsPEM: certificates.authorityPEM)
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      let url = "https://api.test:\(server.port)/"
      _ = try await egress.call(url, options: CallOptions(timeout: .seconds(36_000), trust: trust))
      #expect(try await egress.failure(url) == .tls(.certificate))
    }
    await server.stop()
  }

  @Test("The binding of trust settings is the set of roots, and nothing else")
  func binding() throws {
    let first = try TestCertificates(names: "DNS:a.test").authorityPEM
    let second = try TestCertificates(names: "DNS:b.test").authorityPEM
    let both = try TrustedRoots(extraRootsPEM: first + second)
    #expect(try both == TrustedRoots(extraRootsPEM: second + first + second))
    #expect(try both != TrustedRoots(extraRootsPEM: first))
    #expect(try TrustedRoots(extraRootsPEM: first) != .system)
    for text in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
      #expect(throws: TrustFault.notPEM) { try TrustedRoots(extraRootsPEM: Array(text.utf8)) }
    }
  }
}

/// Names that a server was asked for.
private final class SeenNames: Sendable {
  let names = Mutex<[String]>([])
}
