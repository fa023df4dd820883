import Destinations
import NIOSSL
import Testing

@testable import Egress

@Suite("Fetching what anybody may get")
struct FetchTests {
  private static let certificates = Result { try TestCertificates(names: "DNS:api.test") }

  private func fetch(
    _ scheme: String = "https", limit: Int = 1_024,
    reply: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Reply
  ) async throws -> (response: InboundResponse?, requests: [LoopbackServer.Request]) {
    let certificates = try Self.certificates.get()
    let server = try await LoopbackServer.start(tls: try certificates.context(), reply: reply)
    let trust = try TrustedRoots(extraRootsPEM: certificates.authorityPEM)
    let rig = EgressRig(allowed: ["api.test:\(server.port)"])
    let response = try await rig.use { (egress, _) async throws -> InboundResponse? in
      guard
        let url = try? CanonicalURL(
          wire: Array("\(scheme)://api.test:\(server.port)/CERT-1?a=b".utf8), allowingPlainHTTP: { _ in false })
      else { return nil }
      var options = CallOptions(timeout: .seconds(36_000), maximumResponseBytes: limit, redirects: .never, trust: trust)
      options.redirects = .never
      return try? await egress.fetch(url, options: options)
    }
    let requests = server.requests
    await server.stop()
    return (response, requests)
  }

  @Test("A file is fetched over TLS with nothing of ours but the name of the program")
  func plain() async throws {
    let (response, requests) = try await fetch { _ in .bytes(http("200 OK", [], Array("PEM".utf8))) }
    #expect(response?.body == Array("PEM".utf8))
    let request = try #require(requests.first)
    #expect(request.method == "GET")
    #expect(request.target == "/CERT-1?a=b")
    #expect(request.body.isEmpty)
    #expect(
      Set(request.headers.map { $0.name.lowercased() }).isSubset(of: [
        "host", "user-agent", "accept-encoding", "connection",
      ]))
  }

  @Test("A redirect is not followed, plain HTTP is not spoken, and a large file is not read")
  func bounds() async throws {
    let (moved, asked) = try await fetch { _ in
      .bytes(http("302 Found", [("Location", "https://api.test/other")]))
    }
    #expect(moved?.status == 302)
    #expect(asked.count == 1)
    #expect(try await fetch("http") { _ in .bytes(http("200 OK")) }.requests.isEmpty)
    let (large, _) = try await fetch(limit: 16) { _ in .bytes(http("200 OK", [], [UInt8](repeating: 65, count: 17))) }
    #expect(large == nil)
  }

  @Test("An address inside is refused unless it was allowed by name")
  func inside() async throws {
    let rig = EgressRig(allowed: [], answers: ["api.test": [["127.0.0.1"]]])
    let failure = try await rig.use { (egress, _) async throws -> EgressFailure? in
      let url = try CanonicalURL("https://api.test/CERT-1", allowingPlainHTTP: { _ in false })
      do throws(EgressFailure) {
        _ = try await egress.fetch(url, options: CallOptions())
        return nil
      } catch {
        return error
      }
    }
    guard case .blocked = try #require(failure) else {
      Issue.record("it was not blocked")
      return
    }
  }
}
