import Access
import Encodings
import Ledger
import Runner
import Storage

/// The ledger for whoever verifies it.
enum LedgerRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/ledger/head", .token(.read, path: "api/ledger/head")) { core, _, _ in
      guard let head = try await core.parts.store.ledgerHead() else {
        throw ServiceFault.notFound(kind: "signed head", name: "ledger")
      }
      return .text(head)
    },
    Route(["GET"], "/api/ledger/key", .token(.read, path: "api/ledger/key")) { core, _, _ in
      guard let key = try await core.parts.store.setting("ledger-key") else {
        throw ServiceFault.notFound(kind: "key", name: "ledger")
      }
      return .text(String(decoding: key, as: UTF8.self) + "\n")
    },
    Route(["GET"], "/api/ledger/entries", .token(.read, path: "api/ledger/entries"), entries),
  ]

  private static func entries(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    guard let from = UInt64(request.query("from") ?? "0") else {
      throw Problem.invalid(field: "from", "`from` is the number of an entry, counted from 0.")
    }
    guard let limit = Int(request.query("limit") ?? "1000"), (1...Limits.ledgerPage).contains(limit) else {
      throw Problem.invalid(field: "limit", "`limit` is a number from 1 to \(Limits.ledgerPage).")
    }
    let rows = try await core.parts.store.ledgerRows(from: from, limit: limit)
    return RouteResponse(
      status: 200, headers: [("Content-Type", "application/jsonl")],
      body: .bytes(Array(rows.map { $0.bytes + [0x0A] }.joined())))
  }
}
