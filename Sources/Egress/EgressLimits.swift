/// Every limit of outgoing calls, in one place. A method may ask for less time and smaller bodies, not for more.
package struct EgressLimits: Sendable {
  /// How long a name look-up may take.
  package var lookUp: Duration = .seconds(5)
  /// How long one connection with its TLS handshake may take.
  package var connect: Duration = .seconds(10)
  /// How long a call may take from look-up to the last byte, whatever it asks for.
  package var wholeRequest: Duration = .seconds(300)
  /// Bytes of a response body, after decompression.
  package var responseBodyBytes = 32 << 20
  /// Headers of a response.
  package var responseHeaders = 256
  /// Bytes of all header names and values of a response; the parser stops by itself at 80 KiB.
  package var responseHeaderBytes = 64 << 10
  /// Headers of a request.
  package var requestHeaders = 128
  /// Bytes of all header names and values of a request.
  package var requestHeaderBytes = 64 << 10
  /// Clients that are kept for reuse while nothing is in flight on them, one for each checked destination. Those in
  /// use come on top; the runner's caps on runs bound them.
  package var idleClients = 256
  /// Open connections to one destination.
  package var connectionsPerDestination = 64
  /// How long an unused connection is kept.
  package var idleConnection: Duration = .seconds(30)
  /// Look-ups that may wait at once. getaddrinfo cannot be interrupted, so each blocks one of its threads.
  package var waitingLookUps = 256
  /// Threads that getaddrinfo may block at once.
  package var lookUpThreads = 4
  /// Addresses of one answer that are looked at.
  package var addressesPerName = 32
  /// How often a response body may expand, once it is larger than `expansionFloorBytes`.
  package var expansionRatio = 100
  /// Bytes of a body below which the ratio is not looked at.
  package var expansionFloorBytes = 256 << 10

  /// The limits of the service as it ships.
  package init() {}
}
