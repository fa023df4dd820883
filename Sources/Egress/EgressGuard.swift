import AsyncHTTPClient
package import Destinations
package import Labels
package import NIOCore
import NIOHTTP1

/// How one call is made. Times and sizes above the limits of the service are cut down to them.
package struct CallOptions: Sendable {
  /// From the first dial to the last byte of the response, redirects and their look-ups included. The look-up of
  /// `resolve` has a limit of its own.
  package var timeout: Duration
  /// Bytes of the response body after decompression.
  package var maximumResponseBytes: Int
  /// Ignored where the request carries secrets: then none is followed.
  package var redirects: Redirects.Policy
  /// Whom to trust; nil for the roots of the service.
  package var trust: TrustedRoots?
  /// What is shown to a host that asks for a certificate; nil: nothing.
  package var identity: ClientIdentity?

  /// Times and sizes above the service's limits mean those limits.
  package init(
    timeout: Duration = .seconds(30), maximumResponseBytes: Int = 8 << 20, redirects: Redirects.Policy = .never,
    trust: TrustedRoots? = nil, identity: ClientIdentity? = nil
  ) {
    self.identity = identity
    self.timeout = timeout
    self.maximumResponseBytes = maximumResponseBytes
    self.redirects = redirects
    self.trust = trust
  }
}

/// The one way out. `resolve` looks a host up and checks every address; `send` dials exactly such an address.
package final class EgressGuard: Sendable {
  /// What may be called.
  package let rules: EgressRules
  /// The most that any call gets.
  package let limits: EgressLimits
  /// Whom calls trust that name no roots of their own.
  package let trust: TrustedRoots
  private let resolver: any HostResolver
  private let clients: ClientCache
  let group: any EventLoopGroup

  /// The caller shuts the guard, then the resolver and the group down, in this order.
  package init(
    rules: EgressRules, resolver: any HostResolver, group: any EventLoopGroup, trust: TrustedRoots = .system,
    limits: EgressLimits = EgressLimits()
  ) {
    self.trust = trust
    self.rules = rules
    self.limits = limits
    self.resolver = resolver
    self.group = group
    clients = ClientCache(group: group, limits: limits)
  }

  /// Checks the URL's scheme, host and port, looks the host up, and checks every address of the answer. Addresses with
  /// an open client come first, the others as the resolver ordered them.
  package func resolve(
    _ url: CanonicalURL, trust: TrustedRoots? = nil, identity: ClientIdentity? = nil,
    speaking speech: EgressRules.Speech = .http
  ) async throws(EgressFailure) -> ResolvedDestination {
    if let refusal = rules.refusalBeforeResolving(url, speaking: speech) { throw .blocked(.destination(refusal)) }
    let addresses = try await resolver.addresses(of: url.origin.name)
    switch rules.check(url: url, resolved: addresses, speaking: speech) {
    case .failure(let refusal): throw .blocked(.destination(refusal))
    case .success(let dials):
      if dials.count == 1, let destination = ResolvedDestination(dials) { return destination }
      let isKnown = dials.map { clients.contains(PinnedDial(dial: $0, trust: trust ?? self.trust, identity: identity)) }
      let ordered = zip(dials, isKnown).filter(\.1).map(\.0) + zip(dials, isKnown).filter { !$0.1 }.map(\.0)
      guard let destination = ResolvedDestination(ordered) else { throw .blocked(.destination(.noAddress)) }
      return destination
    }
  }

  /// Sends what the door let out to the destination for which it was let out, and reads the whole response.
  package func send(
    _ request: SendableRequest, to destination: ResolvedDestination, options: CallOptions
  ) async throws(EgressFailure) -> InboundResponse {
    guard destination.dials.contains(request.dial) else { throw .blocked(.request(.otherDestination)) }
    return try await send(OutboundRequest(request), to: destination, options: options)
  }

  /// Sends the request to the destination and reads the whole response.
  func send(
    _ request: OutboundRequest, to destination: ResolvedDestination, options: CallOptions
  ) async throws(EgressFailure) -> InboundResponse {
    let timeout = min(options.timeout, limits.wholeRequest)
    let pinned = PinnedDial(dial: destination.first, trust: options.trust ?? trust, identity: options.identity)
    return try await Deadline.run(within: timeout, on: clients.loop(of: pinned)) {
      () async throws(EgressFailure) -> InboundResponse in
      try await self.follow(request, destination, options, deadline: .now() + TimeAmount(timeout))
    }
  }

  /// Closes every connection; calls in flight end as interrupted, later ones are refused. It waits for connections
  /// that are being made, so at most as long as `EgressLimits.connect`.
  package func shutDown() async { await clients.shutDown() }

  /// The number of clients that are kept.
  var clientCount: Int { clients.count }

  private func follow(
    _ request: OutboundRequest, _ destination: ResolvedDestination, _ options: CallOptions, deadline: NIODeadline
  ) async throws(EgressFailure) -> InboundResponse {
    var redirects = Redirects(policy: options.redirects, carriesSecrets: request.carriesSecrets)
    var (request, destination) = (request, destination)
    while true {
      let prepared = try prepare(request, destination)
      let response = try await exchange(prepared, destination, options, deadline, hops: redirects.hops)
      let decision = redirects.decide(
        status: response.status, location: response.values(of: "location"), from: prepared.url, method: request.method)
      switch decision {
      case .answer: return response
      case .follow(let hop):
        request.method = hop.method
        request.url = Array(hop.url.text.utf8)
        request.target = hop.url
        if hop.dropsBody {
          request.body = []
          request.headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
        }
        destination = try await resolve(hop.url, trust: options.trust, identity: options.identity)
      }
    }
  }

  /// A request that passed every check that needs no network.
  private struct Prepared {
    let url: CanonicalURL
    let request: HTTPClientRequest
  }

  private func prepare(
    _ request: OutboundRequest, _ destination: ResolvedDestination
  ) throws(EgressFailure) -> Prepared {
    let url: CanonicalURL
    if let target = request.target {
      url = target
    } else {
      do { url = try CanonicalURL(wire: request.url, allowingPlainHTTP: rules.allowsPlainHTTP) } catch {
        throw .blocked(.request(.url(error)))
      }
    }
    guard destination.covers(url) else { throw .blocked(.request(.otherDestination)) }
    do throws(RequestRefusal) {
      var prepared = HTTPClientRequest(url: url.text)
      prepared.method = try request.checkedMethod()
      prepared.headers = try request.checkedHeaders(limits)
      if !request.body.isEmpty { prepared.body = .bytes(ByteBuffer(bytes: request.body)) }
      return Prepared(url: url, request: prepared)
    } catch {
      throw .blocked(.request(error))
    }
  }

  /// One request and its response, at the first address that accepts a connection.
  private func exchange(
    _ prepared: Prepared, _ destination: ResolvedDestination, _ options: CallOptions, _ deadline: NIODeadline, hops: Int
  ) async throws(EgressFailure) -> InboundResponse {
    var failure = EgressFailure.connect(.failed)
    for dial in destination.dials {
      let pinned = PinnedDial(dial: dial, trust: options.trust ?? trust, identity: options.identity)
      guard pinned.readsAsChecked(prepared.url) else { throw .blocked(.request(.otherTarget)) }
      guard let client = clients.begin(pinned) else { throw .interrupted(.shutDown) }
      let result: Result<InboundResponse, EgressFailure>
      do {
        let response = try await client.execute(prepared.request, deadline: deadline)
        result = .success(try await read(response, prepared.request.method, options, hops: hops))
      } catch {
        result = .failure(FailureReading.failure(of: error))
      }
      clients.end(pinned)
      switch result {
      case .success(let response): return response
      case .failure(let reason):
        guard reason.permitsNextAddress else { throw reason }
        failure = reason
      }
    }
    throw failure
  }

  /// Reads the body within the limits. Leaving early closes the connection.
  private func read(
    _ response: HTTPClientResponse, _ method: HTTPMethod, _ options: CallOptions, hops: Int
  ) async throws -> InboundResponse {
    let headers = response.headers
    guard headers.count <= limits.responseHeaders,
      headers.reduce(0, { $0 + $1.name.utf8.count + $1.value.utf8.count }) <= limits.responseHeaderBytes
    else { throw EgressFailure.tooLarge(.headers) }
    let maximum = min(options.maximumResponseBytes, limits.responseBodyBytes)
    let hasBody = method != .HEAD && response.status != .notModified && response.status != .noContent
    if hasBody, let length = headers.first(name: "content-length").flatMap({ Int($0) }), length > maximum {
      throw EgressFailure.tooLarge(.body)
    }
    let coding = BodyDecoder.Coding(contentEncoding: hasBody ? headers["content-encoding"] : [])
    guard let coding else { throw EgressFailure.parse(.contentCoding) }
    var decoder = BodyDecoder(
      coding,
      DecompressionBudget(
        maximumBytes: maximum, maximumRatio: limits.expansionRatio, floorBytes: limits.expansionFloorBytes))
    for try await chunk in response.body { try decoder.push(Array(chunk.readableBytesView)) }
    try decoder.finish()
    return InboundResponse(
      status: Int(response.status.code), headers: headers.map { ($0.name, Array($0.value.utf8)) }, body: decoder.body,
      wireBytes: decoder.wireBytes, hops: hops)
  }
}
