import AsyncHTTPClient
import NIOCore
import NIOSSL

/// What the ways in which an exchange with the service breaks mean to a person. No text of a library is passed on: it
/// could hold a header.
enum ConnectionFailure {
  /// - Parameter hasEffects: whether doing it once more may do it twice.
  static func reading(_ error: any Error, address: ServiceAddress, hasEffects: Bool = false) -> CommandFailure {
    if let failure = error as? CommandFailure { return failure }
    let place = "the service at \(address.text)"
    if let error = error as? HTTPClientError {
      if error == .remoteConnectionClosed {
        return CommandFailure(
          .unavailable, "\(place) closed the connection", remedy: hasEffects ? lookFirst : tryAgain)
      }
      if timesBefore.contains(error) {
        return CommandFailure(.unavailable, "\(place) did not answer in time", remedy: tryAgain)
      }
      if times.contains(error) {
        return CommandFailure(
          .unavailable, "\(place) did not answer in time", remedy: hasEffects ? lookFirst : tryAgain)
      }
    }
    switch error {
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      return CommandFailure(
        .unavailable, "\(place) could not show a certificate that is trusted here",
        remedy: "Name the file of its certificate authority in CHANCERY_CACERT; check that the address has its name.")
    case is NIOTooManyBytesError: return tooLarge(address)
    default:
      return CommandFailure(
        .unavailable, "\(place) cannot be reached",
        remedy: "Start it with `chancery serve`, or name another with --address or CHANCERY_ADDR.")
    }
  }

  static func tooLarge(_ address: ServiceAddress) -> CommandFailure {
    CommandFailure(.notSo, "the answer of \(address.text) is too large to be read")
  }

  private static let tryAgain = "Try again, or look at its log."
  private static let lookFirst =
    "It may have done what was asked all the same: look what became of it before you give the command once more."

  /// Nothing was sent before these.
  private static let timesBefore: [HTTPClientError] = [
    .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout,
  ]
  private static let times: [HTTPClientError] = [.readTimeout, .writeTimeout, .deadlineExceeded]
}
