import Destinations
import NIOCore
import NIOSSL

/// Holds every request back from a connection that is not the one that was checked, and closes it.
///
/// - The peer's address must be the address that was checked. The library connects to the address that it is given,
///   so this never acts; it is here so that a change there cannot go unseen.
/// - The certificate must be for the *name*. NIOSSL also accepts one that is for the dialled *address*, whatever name
///   was asked for (IdentityVerification.swift, `validIdentityForService`), and one without alternative names whose
///   common name fits. So whoever answers the name look-up and has a certificate for an address of his own could
///   stand in for every name.
///
/// It sits between the socket and TLS, where the first request's bytes must pass after the handshake.
final class PeerCheck: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let dial: AllowedDial
  /// Looked at once; only on the channel's event loop.
  private var fault: (any Error)?
  private var isChecked = false

  init(_ dial: AllowedDial) { self.dial = dial }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if !isChecked {
      isChecked = true
      fault = findFault(context)
    }
    guard let fault else { return context.write(data, promise: promise) }
    promise?.fail(fault)
    context.fireErrorCaught(fault)
    context.close(promise: nil)
  }

  private func findFault(_ context: ChannelHandlerContext) -> (any Error)? {
    guard isExpected(context.remoteAddress) else { return OtherPeer() }
    return dial.usesTLS ? Self.nameFault(context.pipeline, dial) : nil
  }

  /// Why the certificate that a finished handshake showed is not for the name that was asked for; nil where it is. On
  /// the channel's event loop only.
  static func nameFault(_ pipeline: ChannelPipeline, _ dial: AllowedDial) -> (any Error)? {
    guard let certificate = try? pipeline.syncOperations.nioSSL_peerCertificate() else { return OtherName() }
    guard let name = dial.serverName else { return nil }
    let names = certificate._subjectAlternativeNames().filter { $0.nameType == .dnsName }
    let isFor = names.contains { CertificateName.matches(Array($0.contents), host: name) }
    return isFor ? nil : OtherName()
  }

  private func isExpected(_ peer: SocketAddress?) -> Bool {
    guard let peer, peer.port == Int(dial.hostPort.port) else { return false }
    switch peer {
    case .v4(let address):
      return withUnsafeBytes(of: address.address.sin_addr) { IPAddress(networkBytes: $0) } == dial.address
    case .v6(let address):
      return withUnsafeBytes(of: address.address.sin6_addr) { IPAddress(networkBytes: $0) } == dial.address
    case .unixDomainSocket: return false
    }
  }
}

/// A certificate's dNSName against a host name (RFC 9525 §6.3).
enum CertificateName {
  /// Equal without case; or `*` is the whole first label of the certificate's name, stands for exactly one label, and
  /// at least two labels follow. `host` is canonical: lower case, no trailing dot.
  static func matches(_ pattern: [UInt8], host: String) -> Bool {
    let labels = pattern.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
      .split(separator: 0x2e, omittingEmptySubsequences: false)
    let hostLabels = Array(host.utf8).split(separator: 0x2e, omittingEmptySubsequences: false)
    guard labels.count == hostLabels.count, let first = labels.first else { return false }
    guard first.elementsEqual([0x2a]) else { return labels.elementsEqual(hostLabels, by: { $0.elementsEqual($1) }) }
    return labels.count >= 3 && labels.dropFirst().elementsEqual(hostLabels.dropFirst(), by: { $0.elementsEqual($1) })
  }
}

/// The connection's peer is not the address that was checked.
struct OtherPeer: Error {}

/// The certificate is not for the name of the URL.
struct OtherName: Error {}
