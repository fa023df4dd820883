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
    Route(["PUT", "POST"], "/v1/sys/rotate", .token(.update, path: "v1/sys/rotate", privilege: .sudo), rotate),
    Route(["GET"], "/v1/sys/key-status", .token(.read, path: "v1/sys/key-status"), keyStatus),
  ]

  private static func status(_ core: ServerCore) -> RouteResponse {
    .json { writer in
      writer.beginObject()
      writer.key("type")
      writer.string(sealType(core))
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

  /// The kinds of seals that open it, `key-file` before `passphrase`, with a comma between; empty where the folder
  /// cannot be read.
  private static func sealType(_ core: ServerCore) -> String {
    if core.isDevelopment { return SealKind.dev.rawValue }
    let kinds = (try? core.parts.keyring.sealKinds) ?? []
    return SealKind.allCases.filter { kinds.contains($0) }.map(\.rawValue).joined(separator: ",")
  }

  /// A new term of the keyring: new values are sealed under it, older ones still open.
  private static func rotate(
    _ core: ServerCore, _: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let actor = LedgerActor.entity(who.token.entity.text)
    let term: UInt32
    do {
      term = try core.parts.keyring.rotate(at: core.now())
    } catch {
      throw ServiceFault(error)
    }
    let draft = LedgerDraft(
      .key(version: UInt64(term)), actor: actor, action: "rotate", subject: "keyring", outcome: "ok")
    do {
      _ = try await core.parts.store.commit(WriteBatch(ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
    // Nobody waits for it; what does not come to its end now, housekeeping takes up.
    Task { [resealing = core.resealing] in try? await resealing.pass() }
    return .noContent
  }

  private static func keyStatus(
    _ core: ServerCore, _: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    guard let term = try core.parts.keyring.terms().first(where: \.isCurrent) else { throw Problem.sealed }
    let resealed = try await core.resealing.resealedTerm()
    return VaultEnvelope.data { writer in
      writer.beginObject()
      writer.key("term")
      writer.integer(Int64(term.number))
      writer.key("install_time")
      writer.string(term.createdAt.rfc3339)
      writer.key("encryptions")
      writer.integer(Int64(clamping: term.uses))
      writer.key("resealed_term")
      writer.integer(Int64(resealed))
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

  /// What a caller brings to open the service.
  private enum Proof {
    /// The content of a key file.
    case key(GuardedBytes)
    case passphrase(Passphrase)

    var kind: SealKind {
      switch self {
      case .key: .keyFile
      case .passphrase: .passphrase
      }
    }

    /// The member of the body that holds it.
    var field: String {
      switch self {
      case .key: "key"
      case .passphrase: "passphrase"
      }
    }
  }

  /// `{"key": …}`, the content of a key file in base64, or `{"passphrase": …}`, whose UTF-8 is taken as it is.
  private static func proof(_ request: RouteRequest) throws(Problem) -> Proof {
    let tape = try request.json()
    let key = tape.member(tape.root, "key")
    guard let passphrase = tape.member(tape.root, "passphrase") else {
      guard let text = key.flatMap({ tape.stringBytes($0) }), let content = Base64.decode(text) else {
        throw .invalid(
          field: "key", "`key` must be the content of the key file, in base64; or give `passphrase`, a text.")
      }
      return .key(GuardedBytes(copying: content))
    }
    guard key == nil, let text = tape.stringBytes(passphrase) else {
      throw .invalid(field: "passphrase", "`passphrase` must be a text, and no `key` beside it.")
    }
    do throws(KeyringError) {
      return .passphrase(try Passphrase(GuardedBytes(copying: text)))
    } catch {
      throw .invalid(field: "passphrase", error.callerMessage)
    }
  }

  /// A wrong key file is named by its id, which is no secret. A passphrase is tried on a thread of its own and never two
  /// at once: its cost is the limit on guesses.
  private static func unseal(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    guard core.parts.isSealed else { return status(core) }
    let moment = core.parts.clock.monotonicMilliseconds()
    if let seconds = core.refusalLimit.wait(of: request.caller, at: .unseal, now: moment) {
      throw Problem.tooMany(retryAfterSeconds: seconds)
    }
    let proof = try proof(request)
    let isOpenedNow: Bool
    do throws(KeyringError) {
      switch proof {
      case .key(let content): isOpenedNow = try core.parts.keyring.unseal(presenting: content)
      case .passphrase(let passphrase): isOpenedNow = try await core.parts.keyring.unseal(awaiting: passphrase)
      }
    } catch {
      throw await refusal(of: proof, error, core, request)
    }
    // Where somebody else opened it meanwhile, that call does what is to be done once.
    if isOpenedNow { try await core.unsealed(by: proof.kind) }
    return status(core)
  }

  private static func refusal(
    of proof: Proof, _ error: KeyringError, _ core: ServerCore, _ request: RouteRequest
  ) async -> Problem {
    switch error {
    case .folderHasDevSeal:
      return .conflict("This is a development service: end it, and `serve --dev` opens it when it starts again.")
    case .noSeal(let kind): return .conflict("The service has no \(kind.rawValue) seal.")
    case .passphraseBusy: return .busy(retryAfterSeconds: 1)
    case .passphraseMemory: return .unavailable("The service has not the memory that a passphrase is tried with.")
    default: break
    }
    core.refusalLimit.refused(request.caller, at: .unseal, now: core.parts.clock.monotonicMilliseconds())
    if let first = core.refusals.count(
      endpoint: "unseal", reason: "wrong-\(proof.field)", caller: request.caller, now: core.now())
    {
      _ = try? await core.parts.store.commit(WriteBatch(ledger: [first]))
    }
    return .invalid(field: proof.field, error.callerMessage)
  }
}
