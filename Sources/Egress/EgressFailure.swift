package import Destinations

/// Why a call has no response: exactly the failure reasons that an edge of a step can test. No caller's value, header
/// or body is in any text.
package enum EgressFailure: Error, Hashable, Sendable {
  /// What took too long.
  package enum Phase: String, Hashable, Sendable {
    case lookUp = "the name look-up"
    case connect = "connecting"
    case handshake = "the TLS handshake"
    case request = "the whole request"
  }

  /// Why a name has no addresses.
  package enum LookUpFault: String, Hashable, Sendable {
    case unknownName = "the host name is not known"
    case temporary = "the name servers did not answer"
    case noAddress = "the host name has no address"
    case busy = "too many name look-ups are waiting"
    case failed = "the name look-up failed"
  }

  /// Why there is no connection.
  package enum ConnectFault: String, Hashable, Sendable {
    case refused = "the host refuses connections at this port"
    case unreachable = "the host cannot be reached"
    case failed = "the connection could not be made"
  }

  /// Why a connection is not trusted.
  package enum TLSFault: String, Hashable, Sendable {
    case certificate = "the host's certificate could not be verified for its name"
    case handshake = "no TLS connection could be agreed on"
  }

  /// What was too large.
  package enum Oversize: String, Hashable, Sendable {
    case headers = "the response's headers exceed the limit"
    case body = "the response's body exceeds the limit"
    case decompression = "the response's body expands beyond what is allowed for its size"
  }

  /// What could not be read.
  package enum ParseFault: String, Hashable, Sendable {
    case http = "the response is not valid HTTP"
    case contentCoding = "the response's body has a content coding other than gzip and deflate"
    case compressed = "the response's compressed body is broken"
  }

  /// Why the whole response did not come, although nobody here ended the call. The request may have arrived, and its
  /// outcome is not known.
  package enum Disconnection: String, Hashable, Sendable {
    case closed = "the host closed the connection before the response was complete"
    case reset = "the connection broke before the response was complete"
    case unknown = "the call ended in an unexpected way"
  }

  /// How the call was ended here. The request may have arrived, and its outcome is not known.
  package enum Interruption: String, Hashable, Sendable {
    case cancelled = "the call was cancelled"
    case shutDown = "the service is shutting down"
  }

  case timeout(Phase)
  case dns(LookUpFault)
  case connect(ConnectFault)
  case tls(TLSFault)
  case blocked(BlockReason)
  case tooLarge(Oversize)
  case parse(ParseFault)
  case disconnected(Disconnection)
  case interrupted(Interruption)

  /// The word that conditions on the failure edge test (the same list as the engine's failure reasons).
  package var reason: String {
    switch self {
    case .timeout: "timeout"
    case .dns: "dns"
    case .connect: "connect"
    case .tls: "tls"
    case .blocked: "blocked"
    case .tooLarge: "too-large"
    case .parse: "parse"
    case .disconnected: "disconnected"
    case .interrupted: "interrupted"
    }
  }

  /// One sentence for the log.
  package var message: String {
    switch self {
    case .timeout(let phase): "\(phase.rawValue) took too long"
    case .dns(let fault): fault.rawValue
    case .connect(let fault): fault.rawValue
    case .tls(let fault): fault.rawValue
    case .blocked(let reason): reason.message
    case .tooLarge(let what): what.rawValue
    case .parse(let fault): fault.rawValue
    case .disconnected(let disconnection): disconnection.rawValue
    case .interrupted(let interruption): interruption.rawValue
    }
  }

  /// Whether the request may have reached the host, so that repeating it may repeat its effect.
  package var mayHaveArrived: Bool {
    switch self {
    case .timeout(let phase): phase == .request
    case .dns, .connect, .tls, .blocked: false
    case .tooLarge, .parse, .disconnected, .interrupted: true
    }
  }

  /// Whether the next address of the host may be tried: nothing was sent.
  var permitsNextAddress: Bool {
    switch self {
    case .connect, .timeout(.connect): true
    case .timeout, .dns, .tls, .blocked, .tooLarge, .parse, .disconnected, .interrupted: false
    }
  }
}

/// What the guard refused before or instead of sending.
package enum BlockReason: Hashable, Sendable {
  /// The destination, by the egress rules.
  case destination(EgressRefusal)
  /// The request itself.
  case request(RequestRefusal)

  /// One sentence with the remedy.
  package var message: String {
    switch self {
    case .destination(let refusal): refusal.message
    case .request(let refusal): refusal.message
    }
  }
}

/// Why a request is not sent although its destination is allowed.
package enum RequestRefusal: Error, Hashable, Sendable {
  case url(URLFault)
  /// The URL is of another origin than the destination that was checked.
  case otherDestination
  /// The connection's peer is not the address that was checked.
  case otherPeer
  /// The HTTP library would write other bytes than the ones that were checked.
  case otherTarget
  case method
  case bodyNotAllowed
  /// A header that the sender sets itself. The name is one of a fixed list.
  case reservedHeader(String)
  case headerName
  case headerValue
  case tooManyHeaders(limit: Int)
  /// Names and values together have more bytes than this.
  case tooLongHeaders(limit: Int)

  /// One sentence; of a header, only a reserved name.
  package var message: String {
    switch self {
    case .url(let fault): fault.message
    case .otherDestination: "the request's URL is not of the destination that was checked"
    case .otherPeer: "the connection's peer is not the address that was checked"
    case .otherTarget: "the request's URL cannot be sent as it is written"
    case .method: "the request's method is not a token, or is CONNECT, TRACE or TRACK"
    case .bodyNotAllowed: "a GET or HEAD request has no body"
    case .reservedHeader(let name): "the header \(name) is set by the sender and cannot be given"
    case .headerName: "a header name holds a character that no header name has"
    case .headerValue: "a header value holds a control character or is not UTF-8"
    case .tooManyHeaders(let limit):
      "the request has more than \(limit) headers; send what they say in fewer of them, or in the body"
    case .tooLongHeaders(let limit):
      "the headers of the request have more than \(limit) bytes together; send less in them, or send it in the body"
    }
  }
}
