import Testing

@testable import Egress

private func request(
  _ method: String = "POST", headers: [(String, String)] = [], body: [UInt8] = []
) -> OutboundRequest {
  OutboundRequest(
    method: method, url: Array("https://h.example/".utf8), headers: headers.map { ($0.0, Array($0.1.utf8)) },
    body: body,
    carriesSecrets: false)
}

@Suite struct OutboundRequestTests {
  @Test(
    "A header that decides about the connection or the framing is refused",
    arguments: [
      "Host", "host", "Content-Length", "CONTENT-LENGTH", "Transfer-Encoding", "Connection", "Keep-Alive",
      "Proxy-Connection", "Proxy-Authorization", "TE", "Trailer", "Upgrade", "Expect", "HTTP2-Settings",
    ])
  func reserved(_ name: String) throws {
    do throws(RequestRefusal) {
      _ = try request(headers: [(name, "x")]).checkedHeaders(EgressRig.patient)
      Issue.record("accepted")
    } catch {
      guard case .reservedHeader(let text) = error else {
        Issue.record("another refusal")
        return
      }
      #expect(text.lowercased() == name.lowercased())
    }
  }

  @Test(
    "A header name or value that could end the header is refused",
    arguments: [
      ("X Y", "v", .headerName), ("X:", "v", .headerName), ("", "v", .headerName), ("X\r\nY", "v", .headerName),
      ("X\u{e9}", "v", .headerName), ("X", "a\r\nY: b", .headerValue), ("X", "a\nb", .headerValue),
      ("X", "a\u{0}b", .headerValue), ("X", "\u{7f}", .headerValue), ("X", "\u{1b}[2J", .headerValue),
    ] as [(String, String, RequestRefusal)])
  func injection(_ name: String, _ value: String, _ expected: RequestRefusal) {
    #expect(throws: expected) { try request(headers: [(name, value)]).checkedHeaders(EgressRig.patient) }
  }

  @Test("A value that is not UTF-8 is refused, and one that is kept byte for byte")
  func bytes() throws {
    var broken = request()
    broken.headers = [("X", [0xff])]
    #expect(throws: RequestRefusal.headerValue) { try broken.checkedHeaders(EgressRig.patient) }
    let kept = try request(headers: [("X", "é\t1")]).checkedHeaders(EgressRig.patient)
    #expect(kept["x"] == ["é\t1"])
  }

  @Test("Headers are bounded in number and size")
  func limits() {
    let many = (0..<129).map { ("X-\($0)", "v") }
    #expect(throws: RequestRefusal.tooManyHeaders(limit: 128)) {
      try request(headers: many).checkedHeaders(EgressRig.patient)
    }
    let long = [("X", String(repeating: "a", count: 65_536))]
    #expect(throws: RequestRefusal.tooLongHeaders(limit: 65_536)) {
      try request(headers: long).checkedHeaders(EgressRig.patient)
    }
  }

  @Test(
    "A method is a token, and not one that turns the connection into something else",
    arguments: [
      "CONNECT", "connect", "TRACE", "Track", "", "GE T", "GET\r\n", "G\u{e9}T", String(repeating: "A", count: 33),
    ])
  func methods(_ method: String) {
    #expect(throws: RequestRefusal.method) { try request(method).checkedMethod() }
  }

  @Test("A body on GET or HEAD is refused, on other methods it is sent")
  func bodies() throws {
    for method in ["GET", "HEAD"] {
      #expect(throws: RequestRefusal.bodyNotAllowed) { try request(method, body: [1]).checkedMethod() }
      #expect(try request(method).checkedMethod().rawValue == method)
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
      #expect(try request(method, body: [1]).checkedMethod().rawValue == method)
    }
  }

  @Test("Neither a request nor a response prints its content")
  func masked() {
    let secret = request(headers: [("Authorization", "canary-header")], body: Array("canary-body".utf8))
    let response = InboundResponse(
      status: 200, headers: [("Set-Cookie", Array("canary".utf8))], body: Array("canary".utf8), wireBytes: 6, hops: 0)
    var dumped = ""
    dump(secret, to: &dumped)
    dump(response, to: &dumped)
    for text in ["\(secret)", "\(response)", String(reflecting: secret), String(reflecting: [response]), dumped] {
      #expect(!text.contains("canary"))
      #expect(!text.contains("99, 97, 110"))
    }
  }
}
