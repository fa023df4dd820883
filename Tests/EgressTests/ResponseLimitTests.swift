import Testing

@testable import Egress

@Suite struct ResponseLimitTests {
  /// The failure of a GET that is answered so; nil when the response was accepted.
  private func failure(
    _ reply: LoopbackServer.Reply, maximum: Int = 100_000, limits: EgressLimits = EgressRig.patient,
    check: (LoopbackServer) -> Void = { _ in }
  ) async throws -> EgressFailure? {
    let server = try await LoopbackServer.start { _ in reply }
    let failure = try await EgressRig(allowed: ["api.test:\(server.port)"], limits: limits).use {
      (egress, _) async throws in
      try await egress.failure(
        "http://api.test:\(server.port)/",
        options: CallOptions(timeout: .seconds(36_000), maximumResponseBytes: maximum))
    }
    check(server)
    await server.stop()
    return failure
  }

  @Test("A body of exactly the limit is read, one byte more is refused")
  func size() async throws {
    let body = [UInt8](repeating: 0x61, count: 1_000)
    #expect(try await failure(.bytes(http("200 OK", [], body)), maximum: 1_000) == nil)
    #expect(try await failure(.bytes(http("200 OK", [], body)), maximum: 999) == .tooLarge(.body))
  }

  @Test("A body without end is stopped soon after the limit")
  func endless() async throws {
    let head = Array("HTTP/1.1 200 OK\r\n\r\n".utf8)
    let reply = LoopbackServer.Reply.endless(head: head, chunk: [UInt8](repeating: 0x61, count: 65_536))
    let failure = try await failure(reply) { server in
      // What the sockets buffered, and no more.
      #expect(server.record.withLock { $0.bytesWritten } < 64 << 20)
    }
    #expect(failure == .tooLarge(.body))
  }

  @Test("A chunked body is bounded too")
  func chunked() async throws {
    let head = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    let chunk = Array("1000\r\n".utf8) + [UInt8](repeating: 0x61, count: 0x1000) + Array("\r\n".utf8)
    let body = Array(repeatElement(chunk, count: 5).joined()) + Array("0\r\n\r\n".utf8)
    #expect(try await failure(.bytes(head + body), maximum: 0x5000) == nil)
    #expect(try await failure(.bytes(head + body), maximum: 0x4fff) == .tooLarge(.body))
  }

  @Test("A gzip bomb is stopped by its ratio, and by its size", arguments: [31, 15, -15] as [Int32])
  func bomb(_ windowBits: Int32) async throws {
    let bomb = Compressed.deflate([UInt8](repeating: 0, count: 20 << 20), windowBits: windowBits)
    #expect(bomb.count < 100_000)
    let coding = windowBits == 31 ? "gzip" : "deflate"
    let reply = LoopbackServer.Reply.bytes(http("200 OK", [("Content-Encoding", coding)], bomb))
    #expect(try await failure(reply, maximum: 32 << 20) == .tooLarge(.decompression))
    #expect(try await failure(reply, maximum: 100_000) == .tooLarge(.body))
    var limits = EgressRig.patient
    limits.expansionRatio = 10_000
    #expect(try await failure(reply, maximum: 32 << 20, limits: limits) == nil)
  }

  @Test(
    "A gzip or deflate body is decoded", arguments: [("gzip", 31), ("X-GZIP", 31), ("deflate", 15), ("deflate", -15)])
  func decoded(_ coding: String, _ windowBits: Int32) async throws {
    let text = Array(repeatElement(Array("line of text\n".utf8), count: 300).joined())
    let wire = Compressed.deflate(text, windowBits: windowBits)
    let server = try await LoopbackServer.start { _ in .bytes(http("200 OK", [("Content-Encoding", coding)], wire)) }
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      let response = try await egress.call("http://api.test:\(server.port)/")
      #expect(response.body == text)
      #expect(response.wireBytes == wire.count)
    }
    await server.stop()
  }

  @Test("A body whose coding we did not ask for, or a broken one, is refused")
  func codings() async throws {
    let gzip = Compressed.gzip(Array("hello".utf8))
    for coding in ["br", "zstd", "gzip, gzip", "compress"] {
      let reply = LoopbackServer.Reply.bytes(http("200 OK", [("Content-Encoding", coding)], gzip))
      #expect(try await failure(reply) == .parse(.contentCoding))
    }
    for body in [Array(gzip.dropLast()), gzip + [0], Array("plain".utf8), Array(gzip.prefix(1))] {
      let reply = LoopbackServer.Reply.bytes(http("200 OK", [("Content-Encoding", "gzip")], body))
      #expect(try await failure(reply) == .parse(.compressed))
    }
    #expect(try await failure(.bytes(http("200 OK", [("Content-Encoding", "gzip")]))) == nil)
  }

  @Test("Too many or too long headers are refused")
  func headers() async throws {
    let many = (0..<300).map { ("X-\($0)", "v") }
    #expect(try await failure(.bytes(http("200 OK", many))) == .tooLarge(.headers))
    let long = [("X-Long", String(repeating: "a", count: 70_000))]
    #expect(try await failure(.bytes(http("200 OK", long))) == .tooLarge(.headers))
    let flood = [("X-Flood", String(repeating: "a", count: 1_000_000))]
    #expect(try await failure(.bytes(http("200 OK", flood))) == .tooLarge(.headers))
  }

  @Test("What is not HTTP is a parse failure")
  func malformed() async throws {
    for text in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n"] {
      #expect(try await failure(.bytesThenClose(Array(text.utf8)))?.reason == "parse", "\(text)")
    }
    let smuggled = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"
    #expect(try await failure(.bytesThenClose(Array(smuggled.utf8)))?.reason == "parse")
  }

  @Test("A connection that closes before the response is complete is a broken connection")
  func closed() async throws {
    for text in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"] {
      let failure = try await failure(.bytesThenClose(Array(text.utf8)))
      #expect(failure?.reason == "disconnected", "\(text)")
      #expect(failure?.mayHaveArrived == true)
    }
  }

  @Test("A response to HEAD, 204 and 304 has no body, whatever its headers say")
  func noBody() async throws {
    let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\nContent-Encoding: br\r\n\r\n".utf8)
    let server = try await LoopbackServer.start { request in
      request.method == "HEAD" ? .bytes(head) : .bytes(Array("HTTP/1.1 \(request.target.dropFirst()) X\r\n\r\n".utf8))
    }
    try await EgressRig(allowed: ["api.test:\(server.port)"]).use { (egress, _) async throws in
      #expect(try await egress.call("http://api.test:\(server.port)/", method: "HEAD").body.isEmpty)
      #expect(try await egress.call("http://api.test:\(server.port)/204").status == 204)
      #expect(try await egress.call("http://api.test:\(server.port)/304").status == 304)
    }
    await server.stop()
  }
}
