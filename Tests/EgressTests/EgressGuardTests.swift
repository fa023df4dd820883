import AsyncHTTPClient
import Destinations
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Egress

private let ok: @Sendable (LoopbackServer.Request) -> LoopbackServer.Reply = { _ in
  .bytes(http("200 OK", [("X-Note", "n")], Array("hello".utf8)))
}

@Suite struct EgressGuardTests {
  @Test("A call keeps the name in Host, writes the target as it stands and returns the response")
  func plain() async throws {
    let server = try await LoopbackServer.start(reply: ok)
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      let response = try await egress.call(
        "http://api.test:\(server.port)/a%20b/%252e?x=1&y=%C3%A9", method: "POST",
        headers: [("X-A", "1"), ("X-A", "2")],
        body: Array("body".utf8))
      #expect(response.status == 200)
      #expect(response.body == Array("hello".utf8))
      #expect(response.values(of: "x-note") == [[0x6e]])
    }
    let request = try #require(server.requests.first)
    #expect(request.method == "POST")
    #expect(request.target == "/a%20b/%252e?x=1&y=%C3%A9")
    #expect(request.value("host") == "api.test:\(server.port)")
    #expect(request.headers.filter { $0.name == "X-A" }.map(\.value) == ["1", "2"])
    #expect(request.value("user-agent") == "chancery")
    #expect(request.value("accept-encoding") == "gzip, deflate")
    #expect(request.body == Array("body".utf8))
    await server.stop()
  }

  @Test("Calls to one destination use one connection again")
  func reuse() async throws {
    let server = try await LoopbackServer.start(reply: ok)
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      for _ in 0..<10 { _ = try await egress.call("http://api.test:\(server.port)/") }
      #expect(egress.clientCount == 1)
    }
    #expect(server.connections == 1)
    #expect(server.requests.count == 10)
    await server.stop()
  }

  @Test("The address that was checked is dialled, whatever the resolver says afterwards (rebinding, cvat#6362)")
  func pinned() async throws {
    let server = try await LoopbackServer.start(reply: ok)
    let other = try await LoopbackServer.start(host: "127.0.0.2", port: server.port, reply: ok)
    let rig = EgressRig(
      allowed: ["api.test:\(server.port)"], answers: ["api.test": [["127.0.0.1"], ["127.0.0.2"]]])
    try await rig.use { (egress, resolver) async throws in
      let url = try CanonicalURL("http://api.test:\(server.port)/", allowingPlainHTTP: { _ in true })
      let destination = try await egress.resolve(url)
      let request = OutboundRequest(
        method: "GET", url: Array(url.text.utf8), headers: [], body: [], carriesSecrets: false)
      for _ in 0..<3 { _ = try await egress.send(request, to: destination, options: CallOptions()) }
      #expect(resolver.calls == 1)
      #expect(server.requests.count == 3)
      #expect(other.connections == 0)
    }
    await server.stop()
    await other.stop()
  }

  @Test(
    "A name that moves to an internal address is refused at the next call", arguments: ["10.0.0.1", "169.254.169.254"])
  func rebinding(_ address: String) async throws {
    let rig = EgressRig(allowed: [], answers: ["rebind.test": [["93.184.216.34"], [address]]])
    try await rig.use { (egress, _) async throws in
      let url = try CanonicalURL("https://rebind.test/", allowingPlainHTTP: { _ in false })
      #expect(try await egress.resolve(url).first.address == IPAddress("93.184.216.34"))
      let failure = try await egress.failure("https://rebind.test/")
      #expect(failure?.reason == "blocked")
      #expect(failure?.mayHaveArrived == false)
    }
  }

  @Test("Loopback is refused unless the configuration names the host and port, before anything connects")
  func loopback() async throws {
    let server = try await LoopbackServer.start(reply: ok)
    try await EgressRig(allowed: []).use { (egress, _) async throws in
      for host in ["127.0.0.1", "api.test", "[::1]"] {
        let failure = try await egress.failure("https://\(host):\(server.port)/")
        #expect(failure == .blocked(.destination(.address(.loopback))))
      }
    }
    #expect(server.connections == 0)
    await server.stop()
  }

  @Test("A request for another origin than the checked one is not sent (n8n GHSA-jp9j-jr97-w9pj)")
  func otherDestination() async throws {
    let server = try await LoopbackServer.start(reply: ok)
    let port = server.port
    try await EgressRig(allowed: ["api.test:\(port)", "127.0.0.1:\(port)"]).use { (egress, _) async throws in
      let url = try CanonicalURL("http://api.test:\(port)/", allowingPlainHTTP: { _ in true })
      let destination = try await egress.resolve(url)
      for (text, expected) in [
        ("http://127.0.0.1:\(port)/", RequestRefusal.otherDestination),
        ("http://api.test:\(port)", .url(.notCanonical)),
        ("http://other.test:\(port)/", .url(.plainHTTPNotAllowed)), ("https://api.test:\(port)/", .otherDestination),
        ("http://api.test:\(port)/a\r\nX: y", .url(.controlCharacter)),
      ] {
        await #expect(throws: EgressFailure.blocked(.request(expected))) {
          try await egress.send(
            OutboundRequest(method: "GET", url: Array(text.utf8), headers: [], body: [], carriesSecrets: false),
            to: destination, options: CallOptions())
        }
      }
    }
    #expect(server.connections == 0)
    await server.stop()
  }

  @Test("A connection to another peer than the checked address carries no request")
  func otherPeer() async throws {
    let server = try await LoopbackServer.start(reply: ok)
    let place = try HostPort(parsing: "127.0.0.2:\(server.port)")
    let url = try CanonicalURL("http://\(place)/", allowingPlainHTTP: { _ in true })
    let address = try #require(IPAddress("127.0.0.2"))
    let dial = try EgressRules(allowed: [place]).check(url: url, resolved: address).get()
    var configuration = HTTPClient.Configuration()
    configuration.http1_1ConnectionDebugInitializer = { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(PeerCheck(dial), position: .first)
      }
    }
    let client = HTTPClient(
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
    do {
      _ = try await client.execute(HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/"), timeout: .seconds(10))
      Issue.record("the request was sent")
    } catch {
      #expect(FailureReading.failure(of: error) == .blocked(.request(.otherPeer)))
    }
    try await client.shutdown()
    #expect(server.requests.isEmpty)
    await server.stop()
  }

  @Test("A refused connection is tried at the next checked address, and reported when there is none")
  func refusedConnection() async throws {
    let server = try await LoopbackServer.start(reply: ok)
    let port = server.port
    let rig = EgressRig(
      allowed: ["api.test:\(port)", "gone.test:\(port)"],
      answers: ["api.test": [["127.0.0.3", "127.0.0.1"]], "gone.test": [["127.0.0.3"]]])
    try await rig.use { (egress, _) async throws in
      #expect(try await egress.call("http://api.test:\(port)/").status == 200)
      let failure = try await egress.failure("http://gone.test:\(port)/")
      #expect(failure == .connect(.refused))
      #expect(failure?.mayHaveArrived == false)
    }
    await server.stop()
  }

  @Test("A silent host, and one that stops in the middle of a body, run into the time limit", arguments: [true, false])
  func timeout(_ isSilent: Bool) async throws {
    let server = try await LoopbackServer.start { _ in
      isSilent ? .silence : .bytes(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc".utf8))
    }
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      let failure = try await egress.failure(
        "http://api.test:\(server.port)/", options: CallOptions(timeout: .milliseconds(300)))
      #expect(failure == .timeout(.request))
      #expect(failure?.mayHaveArrived == true)
    }
    await server.stop()
  }

  @Test("A cancelled call ends as interrupted")
  func cancelled() async throws {
    let server = try await LoopbackServer.start { _ in .silence }
    let port = server.port
    try await EgressRig(allowed: ["api.test:\(port)"]).use { (egress, _) async throws in
      let failure = try await withThrowingTaskGroup(of: EgressFailure?.self) { group in
        group.addTask { try await egress.failure("http://api.test:\(port)/") }
        while server.requests.isEmpty { await Task.yield() }
        group.cancelAll()
        return try await group.next() ?? nil
      }
      #expect(failure == .interrupted(.cancelled))
    }
    await server.stop()
  }

  @Test("After shut-down nothing is sent")
  func shutDown() async throws {
    let server = try await LoopbackServer.start(reply: ok)
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      await egress.shutDown()
      #expect(try await egress.failure("http://api.test:\(server.port)/") == .interrupted(.shutDown))
    }
    await server.stop()
  }

  @Test("A proxy in the environment is not used")
  func proxy() async throws {
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"] {
      setenv(name, "http://127.0.0.1:1/", 1)
    }
    let server = try await LoopbackServer.start(reply: ok)
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      #expect(try await egress.call("http://api.test:\(server.port)/").status == 200)
    }
    await server.stop()
  }

  @Test("The library reads every canonical URL as we do, and the server receives its target byte for byte")
  func targets() async throws {
    let server = try await LoopbackServer.start(reply: ok)
    let hosts = ["api.test", "xn--bcher-kva.test", "my_host.test", "127.0.0.1"]
    let rig = EgressRig(
      allowed: hosts.map { "\($0):\(server.port)" },
      answers: ["api.test": [["127.0.0.1"]], "xn--bcher-kva.test": [["127.0.0.1"]], "my_host.test": [["127.0.0.1"]]])
    try await rig.use { (egress, _) async throws in
      var random = SeededRandom(seed: 0x7A46)
      let pieces = [
        "a", "/", "//", "%2F", "%25", "%00", "!$&'()*+,;=", ":@", "~-._", "é", " ", "[]", "{}|^`\"<>", "%C3%A9", "?",
        "??",
        "&&", "=", "%3F", "%23", "'",
      ]
      var sent: [String] = []
      for round in 0..<120 {
        let tail = (0..<random.number(in: 0...8)).compactMap { _ in random.element(of: pieces) }.joined()
        let text = "http://\(hosts[round % hosts.count]):\(server.port)/" + tail + "x"
        let url = try CanonicalURL(text, allowingPlainHTTP: { _ in true })
        sent.append(url.requestTarget)
        #expect(try await egress.call(url.text).status == 200, "\(url.text)")
      }
      #expect(server.requests.map(\.target) == sent)
      #expect(Set(server.requests.compactMap { $0.value("host") }) == Set(hosts.map { "\($0):\(server.port)" }))
    }
    await server.stop()
  }
}
