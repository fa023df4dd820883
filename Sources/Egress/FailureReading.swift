import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The libraries' errors in our words. Their texts are dropped: some of them print hosts, headers or names.
enum FailureReading {
  static func failure(of error: any Error) -> EgressFailure {
    switch error {
    case let failure as EgressFailure: failure
    case is CancellationError: .interrupted(.cancelled)
    case is OtherPeer: .blocked(.request(.otherPeer))
    case is OtherName: .tls(.certificate)
    case let error as HTTPClientError: failure(of: error)
    case let error as HTTPParserError: failure(of: error)
    case let error as NIOSSLError: failure(of: error)
    case is NIOSSLExtraError: .tls(.certificate)
    case is BoringSSLError: .tls(.handshake)
    case let error as ChannelError: failure(of: error)
    case let error as IOError: failure(ofErrno: error.errnoCode)
    case is NIOConnectionError: .connect(.failed)
    default: .disconnected(.unknown)
    }
  }

  private static func failure(of error: HTTPClientError) -> EgressFailure {
    switch error {
    case .connectTimeout, .getConnectionFromPoolTimeout: .timeout(.connect)
    case .tlsHandshakeTimeout: .timeout(.handshake)
    case .deadlineExceeded, .readTimeout, .writeTimeout: .timeout(.request)
    case .remoteConnectionClosed: .disconnected(.closed)
    case .uncleanShutdown: .disconnected(.reset)
    case .cancelled, .requestStreamCancelled: .interrupted(.cancelled)
    case .alreadyShutdown: .interrupted(.shutDown)
    case .traceRequestWithBody: .blocked(.request(.method))
    case .invalidURL, .emptyHost, .emptyScheme: .blocked(.request(.otherTarget))
    default: .disconnected(.unknown)
    }
  }

  private static func failure(of error: HTTPParserError) -> EgressFailure {
    switch error {
    case .headerOverflow: .tooLarge(.headers)
    case .invalidEOFState, .closedConnection: .disconnected(.closed)
    default: .parse(.http)
    }
  }

  private static func failure(of error: NIOSSLError) -> EgressFailure {
    switch error {
    case .uncleanShutdown: .disconnected(.reset)
    case .handshakeFailed(let inner): isCertificateFault(inner) ? .tls(.certificate) : .tls(.handshake)
    case .unableToValidateCertificate, .noCertificateToValidate: .tls(.certificate)
    default: .tls(.handshake)
    }
  }

  /// BoringSSL reports a chain that leads to no trusted root, or to another name, as this one reason.
  private static func isCertificateFault(_ error: BoringSSLError) -> Bool {
    String(describing: error).contains("CERTIFICATE_VERIFY_FAILED")
  }

  private static func failure(of error: ChannelError) -> EgressFailure {
    switch error {
    case .connectTimeout: .timeout(.connect)
    case .eof, .ioOnClosedChannel, .alreadyClosed, .outputClosed, .inputClosed: .disconnected(.closed)
    default: .disconnected(.unknown)
    }
  }

  private static func failure(ofErrno code: CInt) -> EgressFailure {
    switch code {
    case ECONNREFUSED: .connect(.refused)
    case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN: .connect(.unreachable)
    case EADDRNOTAVAIL, EACCES, EPERM, EMFILE, ENFILE, EAFNOSUPPORT, EINVAL: .connect(.failed)
    default: .disconnected(.reset)
    }
  }
}
