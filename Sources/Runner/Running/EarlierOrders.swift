package import Access
import RunEngine
import Storage
import Webhooks

/// Orders that came before, by the `Idempotency-Key` of whoever gave them.
package struct EarlierOrders: Sendable {
  private let parts: ServiceParts

  package init(parts: ServiceParts) { self.parts = parts }

  /// What a start of a runbook by somebody with a token is answered before anything else is looked at: the run that the
  /// same order started, whatever became of the runbook since; or that the key is none. Nil for a new order, and for one
  /// without a key. Of two that come at once the commit lets one through.
  ///
  /// - Parameter runbook: the runbook's id.
  package func answer(
    toStartOf runbook: String, idempotencyKey: [UInt8]?, by authorization: Authorization
  ) async throws -> AdmissionResult? {
    guard let idempotencyKey else { return nil }
    guard
      let keys = ReplayKeys(
        runbook: runbook, entity: authorization.token.entity.text, idempotencyKey: idempotencyKey,
        now: parts.clock.now())
    else { return .malformedIdempotencyKey }
    return try await run(of: keys).map { AdmissionResult.duplicate(of: $0) }
  }

  /// The run that an order of these names started; nil where none of them is remembered.
  func run(of keys: ReplayKeys) async throws -> RunID? {
    for key in keys.all {
      if let run = try await parts.store.replayedRun(key: key.digest) { return run }
    }
    return nil
  }
}
