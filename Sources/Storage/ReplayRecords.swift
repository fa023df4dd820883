package import Encodings

/// One name of a delivery that has been accepted: kept until it can no longer be replayed.
package struct ReplayRow: Equatable, Sendable {
  package enum Retention: Equatable, Sendable {
    /// Up to and including this instant.
    case until(Instant)
    /// As long as the endpoint has the key that this text names: nothing in the delivery ages.
    case whileKeyStands(endpoint: String, epoch: String)
  }

  /// 32 bytes over endpoint, scheme and signed bytes, or over endpoint and signed id.
  package var key: [UInt8]
  package var retention: Retention

  package init(key: [UInt8], retention: Retention) {
    self.key = key
    self.retention = retention
  }
}

/// What a run takes for itself when it is created: the names of its delivery, all of which must be free.
package struct ReplayClaim: Equatable, Sendable {
  package var rows: [ReplayRow]
  /// The most rows `whileKeyStands` that the endpoint may have; where they would be more, nothing is written, because
  /// none may be forgotten.
  package var keptLimit: Int

  package init(_ rows: [ReplayRow], keptLimit: Int = .max) {
    self.rows = rows
    self.keptLimit = keptLimit
  }
}
