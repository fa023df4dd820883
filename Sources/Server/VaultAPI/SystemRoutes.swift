import Access
import Cryptography
import Encodings
import Keyring
import Ledger
import Runner
import Storage

/// Sealing and its status.
enum SystemRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/v1/sys/init", .anybody) { core, _, _ in
      .json { writer in
        writer.beginObject()
        writer.key("initialized")
        writer.bool(core.parts.keyring.state != .uninitialised)
        writer.endObject()
      }
    },
    Route(["PUT", "POST"], "/v1/sys/init", .anybody) { _, _, _ in
      throw Problem.invalid(
        field: "init", "A data folder is initialised by `chancery operator init`, on the machine where it lies.")
    },
    Route(["GET"], "/v1/sys/seal-status", .anybody) { core, _, _ in status(core) },
    Route(["PUT", "POST"], "/v1/sys/seal", .token(.update, path: "v1/sys/seal", privilege: .sudo), seal),
    Route(["PUT", "POST"], "/v1/sys/unseal", .anybody, unseal),
  ]

  private static func status(_ core: ServerCore) -> RouteResponse {
    .json { writer in
      writer.beginObject()
      writer.key("type")
      writer.string(core.isDevelopment ? "dev" : "key-file")
      writer.key("initialized")
      writer.bool(core.parts.keyring.state != .uninitialised)
      writer.key("sealed")
      writer.bool(core.isSealed)
      writer.key("t")
      writer.integer(1)
      writer.key("n")
      writer.integer(1)
      writer.key("progress")
      writer.integer(0)
      writer.key("nonce")
      writer.string("")
      writer.key("version")
      writer.string("1.14.0+chancery")
      writer.endObject()
    }
  }

  private static func seal(
    _ core: ServerCore, _: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let draft = LedgerDraft(
      kind: .ceremony, actor: .entity(who.token.entity.text), action: "seal", subject: "service", outcome: "ok")
    _ = try await core.parts.store.commit(WriteBatch(ledger: [draft]))
    core.seal()
    return .noContent
  }

  /// The proof is the key file's content, in base64. A wrong one is named by its id, which is no secret.
  private static func unseal(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    guard core.parts.isSealed else { return status(core) }
    let tape = try request.json()
    guard let text = tape.member(tape.root, "key").flatMap({ tape.stringBytes($0) }),
      let key = Base64.decode(text)
    else { throw Problem.invalid(field: "key", "`key` must be the content of the key file, in base64.") }
    do throws(KeyringError) {
      try core.parts.keyring.unseal(presenting: GuardedBytes(copying: key))
    } catch {
      if error == .folderHasDevSeal {
        throw Problem.conflict(
          "This is a development service: end it, and `serve --dev` opens it when it starts again.")
      }
      if let first = core.refusals.count(
        endpoint: "unseal", reason: "wrong-key", caller: request.caller, now: core.now())
      {
        _ = try? await core.parts.store.commit(WriteBatch(ledger: [first]))
      }
      throw Problem.invalid(field: "key", error.callerMessage)
    }
    try await core.unsealed()
    return status(core)
  }
}
