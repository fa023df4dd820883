import AsyncHTTPClient
import Destinations
import Foundation
import NIOCore
import NIOSSL

/// What one HTTP client may be used for: one checked address of one origin, under one set of trusted roots, showing one
/// certificate or none.
struct PinnedDial: Hashable, Sendable {
  let dial: AllowedDial
  let trust: TrustedRoots
  /// What is shown where the host asks for a certificate.
  let identity: ClientIdentity?

  /// A client that can reach nothing else. It follows no redirect, uses no proxy (the library reads none from the
  /// environment), undoes no content coding and retries nothing.
  func makeClient(group: any EventLoopGroup, limits: EgressLimits) -> HTTPClient {
    var tls = trust.tlsConfiguration
    if let identity {
      tls.certificateChain = identity.chain.map { .certificate($0) }
      tls.privateKey = .privateKey(identity.key)
    }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow, decompression: .disabled)
    configuration.timeout = HTTPClient.Configuration.Timeout(connect: TimeAmount(limits.connect))
    configuration.connectionPool = HTTPClient.Configuration.ConnectionPool(
      idleTimeout: TimeAmount(limits.idleConnection),
      concurrentHTTP1ConnectionsPerHostSoftLimit: limits.connectionsPerDestination)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    configuration.proxy = nil
    configuration.tracing.tracer = nil
    if let name = dial.serverName { configuration.dnsOverride = [name: dial.address.text] }
    let expected = dial
    configuration.http1_1ConnectionDebugInitializer = { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(PeerCheck(expected), position: .first)
      }
    }
    return HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
  }

  /// The library reads the URL once more, by Foundation's rules, and looks its host up in the override above. If
  /// Foundation saw another host, the library would resolve that one by itself; if it saw another path, other bytes
  /// than the checked ones would be written. So the reading is compared first.
  func readsAsChecked(_ url: CanonicalURL) -> Bool {
    guard let read = URL(string: url.text), read.scheme == url.scheme.rawValue, let host = read.host else {
      return false
    }
    let target = read.path(percentEncoded: true) + (read.query(percentEncoded: true).map { "?" + $0 } ?? "")
    let isSameHost = host == url.host || "[\(host)]" == url.host
    return isSameHost && read.port ?? Int(url.scheme.defaultPort) == Int(url.port)
      && target.utf8.elementsEqual(url.requestTarget.utf8) && read.query == read.query(percentEncoded: true)
  }
}

extension TimeAmount {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
  }
}
