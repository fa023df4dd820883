import Destinations
import Testing

@testable import Egress

@Suite struct RedirectsTests {
  private func decide(
    _ status: Int, _ location: String?, method: String = "GET", policy: Redirects.Policy = .sameOrigin,
    secrets: Bool = false
  ) throws -> Redirects.Decision {
    var redirects = Redirects(policy: policy, carriesSecrets: secrets)
    let url = try CanonicalURL("https://h.example/a/b?q", allowingPlainHTTP: { _ in true })
    return redirects.decide(
      status: status, location: location.map { [Array($0.utf8)] } ?? [], from: url, method: method)
  }

  private func hop(_ url: String, _ method: String, dropsBody: Bool) throws -> Redirects.Decision {
    .follow(
      Redirects.Hop(
        url: try CanonicalURL(url, allowingPlainHTTP: { _ in true }), method: method, dropsBody: dropsBody))
  }

  @Test("A redirect to the same origin is followed with the method of the Fetch standard")
  func methods() throws {
    for (status, method, expected, drops) in [
      (301, "GET", "GET", false), (302, "GET", "GET", false), (301, "POST", "GET", true), (302, "POST", "GET", true),
      (302, "PUT", "PUT", false), (303, "POST", "GET", true), (303, "PUT", "GET", true), (303, "HEAD", "HEAD", false),
      (307, "POST", "POST", false), (308, "POST", "POST", false), (307, "DELETE", "DELETE", false),
    ] {
      #expect(try decide(status, "/c", method: method) == hop("https://h.example/c", expected, dropsBody: drops))
    }
  }

  @Test(
    "Every other 3xx response is the answer, with the reason",
    arguments: [
      (200, "/c", .notRedirect), (300, "/c", .notRedirect), (304, "/c", .notRedirect), (305, "/c", .notRedirect),
      (302, nil, .unreadableLocation), (302, "https://h.example/\u{0}", .unreadableLocation),
      (302, "javascript:x", .unreadableLocation), (302, "http://127.1/", .unreadableLocation),
      (302, "https://user@h.example/", .unreadableLocation), (302, "https://other.example/", .otherOrigin),
      (302, "//other.example/", .otherOrigin), (302, "http://h.example/", .otherOrigin),
      (302, "https://h.example:8443/", .otherOrigin), (302, "https://169.254.169.254/", .otherOrigin),
      (302, "", .cycle), (302, "?q", .cycle),
    ] as [(Int, String?, Redirects.Stop)])
  func stops(_ status: Int, _ location: String?, _ expected: Redirects.Stop) throws {
    #expect(try decide(status, location) == .answer(expected))
  }

  @Test("Redirects are off unless the method allows them, and always off with secrets in the request")
  func policy() throws {
    #expect(try decide(302, "/c", policy: .never) == .answer(.notAllowed))
    #expect(try decide(302, "/c", secrets: true) == .answer(.carriesSecrets))
  }

  @Test("Several Location headers are unreadable")
  func several() throws {
    var redirects = Redirects(policy: .sameOrigin, carriesSecrets: false)
    let url = try CanonicalURL("https://h.example/", allowingPlainHTTP: { _ in true })
    let decision = redirects.decide(
      status: 302, location: [Array("/a".utf8), Array("/b".utf8)], from: url, method: "GET")
    #expect(decision == .answer(.unreadableLocation))
  }

  @Test("A chain ends at the number of hops, and a circle at its first repetition")
  func chains() throws {
    var redirects = Redirects(policy: .sameOrigin, carriesSecrets: false)
    var url = try CanonicalURL("https://h.example/0", allowingPlainHTTP: { _ in true })
    for number in 1...Redirects.maximumHops {
      guard
        case .follow(let hop) = redirects.decide(
          status: 307, location: [Array("/\(number)".utf8)], from: url, method: "GET")
      else {
        Issue.record("stopped at \(number)")
        return
      }
      url = hop.url
    }
    let end = redirects.decide(status: 307, location: [Array("/end".utf8)], from: url, method: "GET")
    #expect(end == .answer(.tooManyHops))

    var circle = Redirects(policy: .sameOrigin, carriesSecrets: false)
    let first = try CanonicalURL("https://h.example/a", allowingPlainHTTP: { _ in true })
    let second = try CanonicalURL("https://h.example/b", allowingPlainHTTP: { _ in true })
    _ = circle.decide(status: 307, location: [Array("/b".utf8)], from: first, method: "GET")
    #expect(circle.decide(status: 307, location: [Array("/a".utf8)], from: second, method: "GET") == .answer(.cycle))
    // The page that a form leads back to is not a circle.
    var form = Redirects(policy: .sameOrigin, carriesSecrets: false)
    #expect(
      form.decide(status: 303, location: [Array("/a".utf8)], from: first, method: "POST")
        == .follow(Redirects.Hop(url: first, method: "GET", dropsBody: true)))
  }
}

@Suite struct RedirectCallTests {
  private let secret = [("Authorization", "Bearer t"), ("X-Api-Key", "k"), ("Content-Type", "text/plain")]

  @Test("A 3xx is a response like any other unless the method allows redirects")
  func notFollowed() async throws {
    let server = try await LoopbackServer.start { _ in .bytes(http("302 Found", [("Location", "/next")])) }
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      #expect(try await egress.call("http://api.test:\(server.port)/").status == 302)
    }
    #expect(server.requests.count == 1)
    await server.stop()
  }

  @Test("A redirect to the same origin is followed when allowed, with a fresh look-up")
  func followed() async throws {
    let server = try await LoopbackServer.start { request in
      request.target == "/" ? .bytes(http("303 See Other", [("Location", "next?x=1")])) : .bytes(http("200 OK"))
    }
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, resolver) async throws in
      let response = try await egress.call(
        "http://api.test:\(server.port)/", method: "POST", headers: secret, body: [1, 2],
        options: CallOptions(timeout: .seconds(36_000), redirects: .sameOrigin))
      #expect(response.status == 200)
      #expect(response.hops == 1)
      #expect(resolver.calls == 2)
    }
    let second = try #require(server.requests.last)
    #expect(second.method == "GET" && second.target == "/next?x=1" && second.body.isEmpty)
    #expect(second.value("authorization") == "Bearer t")
    #expect(second.value("content-type") == nil)
    await server.stop()
  }

  @Test(
    "Credentials do not follow a redirect to another origin (GHSA-cmxv-58fp-fm3g), nor a request with secrets anywhere")
  func credentials() async throws {
    let other = try await LoopbackServer.start { _ in .bytes(http("200 OK")) }
    let location = "http://other.test:\(other.port)/"
    let server = try await LoopbackServer.start { request in
      .bytes(http("307 Temporary Redirect", [("Location", request.target == "/" ? location : "/same")]))
    }
    let rig = EgressRig(
      allowed: ["api.test:\(server.port)", "other.test:\(other.port)"],
      answers: ["api.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]])
    try await rig.use { (egress, _) async throws in
      let options = CallOptions(timeout: .seconds(36_000), redirects: .sameOrigin)
      let url = "http://api.test:\(server.port)/"
      #expect(try await egress.call(url, headers: secret, options: options).status == 307)
      #expect(try await egress.call(url + "bound", options: options, carriesSecrets: true).status == 307)
    }
    #expect(other.connections == 0)
    #expect(server.requests.count == 2)
    await server.stop()
    await other.stop()
  }

  @Test("A hop whose name has moved to a forbidden address is refused")
  func hopIsChecked() async throws {
    let server = try await LoopbackServer.start { _ in .bytes(http("302 Found", [("Location", "/next")])) }
    let rig = EgressRig(
      allowed: ["api.test:\(server.port)"], answers: ["api.test": [["127.0.0.1"], ["169.254.169.254"]]])
    try await rig.use { (egress, _) async throws in
      let failure = try await egress.failure(
        "http://api.test:\(server.port)/",
        options: CallOptions(timeout: .seconds(36_000), redirects: .sameOrigin))
      #expect(failure == .blocked(.destination(.metadata)))
    }
    #expect(server.requests.count == 1)
    await server.stop()
  }
}
