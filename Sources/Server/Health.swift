import Encodings
import Storage

/// Liveness for whoever asks, and numbers for those who may read them.
enum Health {
  static func answer(_ core: ServerCore) -> RouteResponse {
    let isSealed = core.isSealed
    let isInitialised = core.parts.keyring.state != .uninitialised
    return .json(isInitialised ? (isSealed ? 503 : 200) : 501) { writer in
      writer.beginObject()
      writer.key("initialized")
      writer.bool(isInitialised)
      writer.key("sealed")
      writer.bool(isSealed)
      writer.endObject()
    }
  }

  /// Prometheus text. Labels are routes, kinds and reasons, never values.
  static func metrics(_ core: ServerCore) async throws -> RouteResponse {
    let size = try await core.parts.store.ledgerState().size
    let kept = try await core.parts.store.keptReplays()
    let full = core.endpoints.snapshot.all.count { ($0.keptLimit) <= kept[$0.configuration.id] ?? 0 }
    var lines = [
      "# TYPE chancery_sealed gauge", "chancery_sealed \(core.isSealed ? 1 : 0)",
      "# TYPE chancery_clock_behind gauge", "chancery_clock_behind \(core.readClock() == .steady ? 0 : 1)",
      "# TYPE chancery_runs_waiting gauge", "chancery_runs_waiting \(core.runner.waitingCount)",
      "# TYPE chancery_runs_paused gauge", "chancery_runs_paused \(core.runner.pausedCount)",
      "# TYPE chancery_deliveries_kept gauge", "chancery_deliveries_kept \(kept.values.reduce(0, +))",
      "# TYPE chancery_endpoints_at_replay_limit gauge", "chancery_endpoints_at_replay_limit \(full)",
      "# TYPE chancery_ledger_entries counter", "chancery_ledger_entries \(size)",
      "# TYPE chancery_refusals_total counter",
    ]
    lines += core.refusals.byReason.map { "chancery_refusals_total{reason=\"\($0.reason)\"} \($0.number)" }
    lines.append("# TYPE chancery_handshakes_total counter")
    lines += core.handshakes.counts.map { "chancery_handshakes_total{profile=\"\($0.profile)\"} \($0.number)" }
    return .text(lines.joined(separator: "\n") + "\n", type: "text/plain; version=0.0.4")
  }
}
