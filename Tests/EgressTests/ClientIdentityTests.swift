import Cryptography
import Foundation
import Testing

@testable import Egress

@Suite("Client certificates")
struct ClientIdentityTests {
  private static func read(chain: String?, key: String) -> Result<ClientIdentity, IdentityFault> {
    do throws(IdentityFault) {
      return .success(
        try ClientIdentity(chain: chain.map { Array($0.utf8) }, key: GuardedBytes(copying: Array(key.utf8))))
    } catch {
      return .failure(error)
    }
  }

  private static func fault(chain: String?, key: String) -> IdentityFault? {
    if case .failure(let fault) = read(chain: chain, key: key) { fault } else { nil }
  }

  @Test("Chain and key are read together or apart, in any order")
  func forms() throws {
    let one = try TestCertificates(names: "DNS:one.test")
    let apart = try Self.read(chain: one.certificatePEM, key: one.keyPEM).get()
    for text in [one.certificatePEM + one.keyPEM, one.keyPEM + one.certificatePEM] {
      #expect(try Self.read(chain: nil, key: text).get() == apart)
    }
    #expect(apart.chain.count == 1)
    let behind = try Self.read(
      chain: one.certificatePEM + String(decoding: one.authorityPEM, as: UTF8.self), key: one.keyPEM
    ).get()
    #expect(behind.chain.count == 2)
    #expect(behind != apart)
  }

  @Test("Another certificate is another identity, and so another connection")
  func apart() throws {
    let one = try TestCertificates(names: "DNS:one.test")
    let two = try TestCertificates(names: "DNS:two.test")
    let first = try Self.read(chain: one.certificatePEM, key: one.keyPEM).get()
    let second = try Self.read(chain: two.certificatePEM, key: two.keyPEM).get()
    #expect(first != second)
  }

  @Test("A key of another certificate, no key, two keys and no certificate are refused")
  func refused() throws {
    let one = try TestCertificates(names: "DNS:one.test")
    let two = try TestCertificates(names: "DNS:two.test")
    #expect(Self.fault(chain: one.certificatePEM, key: two.keyPEM) == .otherKey)
    // The first certificate is the client's own.
    #expect(
      Self.fault(chain: String(decoding: one.authorityPEM, as: UTF8.self) + one.certificatePEM, key: one.keyPEM)
        == .otherKey)
    #expect(Self.fault(chain: one.certificatePEM, key: one.certificatePEM) == .noKey)
    #expect(Self.fault(chain: one.certificatePEM, key: one.keyPEM + two.keyPEM) == .noKey)
    #expect(Self.fault(chain: one.certificatePEM, key: "hello") == .noKey)
    #expect(Self.fault(chain: nil, key: one.keyPEM) == .noCertificate)
    #expect(Self.fault(chain: "", key: one.keyPEM) == .noCertificate)
    #expect(
      Self.fault(chain: String(repeating: one.certificatePEM, count: 9), key: one.keyPEM) == .tooManyCertificates)
  }

  @Test("It prints nothing of itself")
  func masked() throws {
    let one = try TestCertificates(names: "DNS:one.test")
    let identity = try Self.read(chain: one.certificatePEM, key: one.keyPEM).get()
    #expect("\(identity)" == "ClientIdentity(masked)")
    #expect(Mirror(reflecting: identity).children.isEmpty)
  }
}
