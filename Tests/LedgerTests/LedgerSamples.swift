import Cryptography
import Encodings
import Ledger
import TestSupport

/// A fixed ledger that several tests of this room start from; `Tests/Vectors/ledger.json` holds its export.
enum LedgerSamples {
  static let start = Instant(millisecondsSinceEpoch: 1_764_000_000_000)
  static let seedBytes = (0..<32).map { UInt8($0) }

  static func key(_ seed: [UInt8] = seedBytes) -> Ed25519.SigningKey {
    Ed25519.SigningKey(seed: GuardedBytes(copying: seed))
  }

  static func origin(_ text: String = "chancery.example/ledger") throws -> LedgerOrigin {
    try LedgerOrigin(text)
  }

  static func verifierKey(_ seed: [UInt8] = seedBytes, origin: String = "chancery.example/ledger") throws -> VerifierKey
  {
    guard let key = VerifierKey(origin: try Self.origin(origin), publicKey: key(seed).publicKey) else {
      throw LedgerFault.malformedKey
    }
    return key
  }

  static func head(_ state: LedgerState) throws -> SignedHead {
    SignedHead.sign(state, as: try origin(), with: key())
  }

  private static func hash(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

  /// One entry of every kind with every field, and some with none.
  static var drafts: [LedgerDraft] {
    let ana = LedgerActor.entity("ana", accessor: hash(0xA1))
    return [
      LedgerDraft(
        .ceremony(seals: ["key-file"], term: 1), actor: .seal("key-file"), action: "init", subject: "", outcome: "ok"),
      LedgerDraft(
        .token(accessor: hash(0xA1), policies: ["operator", "runbook-author"], expiresAt: start, uses: 3),
        actor: .entity("root"), action: "create", subject: "ana", outcome: "ok"),
      LedgerDraft(
        .policy(revision: 1, digest: hash(1)), actor: ana, action: "save", subject: "operator", outcome: "ok"),
      LedgerDraft(
        .secret(version: 1, hosts: ["api.example.com:443"]), actor: ana, action: "save", subject: "kv/openai",
        outcome: "ok"),
      LedgerDraft(.secret(version: 2, hosts: nil), actor: ana, action: "save", subject: "kv/ünïcode", outcome: "ok"),
      LedgerDraft(
        .document(revision: 1, digest: hash(2), warnings: 2), actor: ana, action: "import", subject: "runbook ask",
        outcome: "ok"),
      LedgerDraft(
        .grant(secret: "kv/openai", material: hash(3), hosts: []), actor: ana, action: "grant", subject: "ask",
        outcome: "ok"),
      LedgerDraft(
        .request(method: "POST", status: 202, rule: LedgerRule(policy: "operator", line: 4)), actor: ana,
        action: "start",
        subject: "api/runbooks/ask", outcome: "202", join: "r1"),
      LedgerDraft(kind: .runEvent, actor: .endpoint("ask"), action: "start", subject: "ask", outcome: "run 01J9"),
      LedgerDraft(
        kind: .runEvent, actor: .run("01J9"), action: "call-intended", subject: "ask/1/1", outcome: "ok",
        commitment: hash(4), join: "e1"),
      LedgerDraft(
        kind: .runEvent, actor: .run("01J9"), action: "call-answered", subject: "ask/1/1", outcome: "status 200",
        commitment: hash(5), join: "e1"),
      LedgerDraft(
        .denial(reason: "no-rule", rule: nil), actor: .entity("bob"), action: "read", subject: "v1/kv/data/openai",
        outcome: "denied"),
      LedgerDraft(
        .denial(reason: "deny", rule: LedgerRule(policy: "log-viewer", line: 9)), actor: .entity("bob"), action: "read",
        subject: "v1/kv/data/openai", outcome: "denied"),
      LedgerDraft(
        .disclosure(
          to: .human, version: 2, reason: "incident 42: \"quoted\" \\ \u{202E}", labels: ["secret kv/openai 2"]),
        actor: ana, action: "reveal", subject: "v1/kv/data/openai", outcome: "ok"),
      LedgerDraft(
        .disclosure(to: .machine, version: nil, reason: nil, labels: []), actor: .runbook("ask"), action: "read",
        subject: "v1/kv/data/openai", outcome: "ok"),
      LedgerDraft(
        .refusalSummary(
          reason: "authentication-failed", endpoint: "ask", network: "203.0.113.0/24", count: 4711, from: start,
          until: start.advanced(byMilliseconds: 60_000)),
        actor: .service, action: "refuse", subject: "ask", outcome: "refused"),
      LedgerDraft(.key(version: 2), actor: .service, action: "rotate", subject: "keyring", outcome: "ok"),
      LedgerDraft(
        .clock(last: start, now: start.advanced(byMilliseconds: -90_000)), actor: .service, action: "alarm",
        subject: "clock",
        outcome: "backwards"),
      LedgerDraft(
        .anchor([LedgerAnchor(table: "token", row: "a1", version: 7, envelope: hash(6))]), actor: .service,
        action: "anchor", subject: "", outcome: "ok"),
      LedgerDraft(kind: .runEvent, actor: .run("01J9"), action: "ended", subject: "\u{0}\n\"", outcome: "success"),
      LedgerDraft(.ceremony(seals: [], term: nil), actor: .service, action: "seal", subject: "", outcome: "ok"),
    ]
  }

  /// The rows of the sample ledger, each written a second after the one before, and the states after 0, 1, … rows.
  static func ledger(_ drafts: [LedgerDraft] = drafts) -> (rows: [LedgerRow], states: [LedgerState]) {
    var states = [LedgerState()]
    var rows: [LedgerRow] = []
    for (index, draft) in drafts.enumerated() {
      let appended = LedgerAppend.append(
        state: states[index], entries: [draft], at: start.advanced(byMilliseconds: Int64(index) * 1000))
      rows += appended.rows
      states.append(appended.state)
    }
    return (rows, states)
  }

  static func verdict(
    _ rows: [LedgerRow], heads: [SignedHead] = [], kept: [SignedHead] = [], state: LedgerState? = nil
  ) -> Result<LedgerReport, LedgerFault> {
    var audit = LedgerAudit(heads: heads, kept: kept)
    for row in rows { audit.push(row) }
    return audit.finish(state: state)
  }

  static func fault(_ verdict: Result<LedgerReport, LedgerFault>) -> LedgerFault? {
    if case .failure(let fault) = verdict { fault } else { nil }
  }
}
