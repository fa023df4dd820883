import Synchronization

/// How far a mail has come, for whoever learns how the connection ended.
final class MailProgress: Sendable {
  private let handedOver = Atomic(false)

  /// Whether all of the mail was given to the connection. From then on the server may have taken it, whatever it says.
  var isHandedOver: Bool { handedOver.load(ordering: .acquiring) }

  func handOver() { handedOver.store(true, ordering: .releasing) }
}
