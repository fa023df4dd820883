import Encodings
import Keyring
import Ledger
import RunEngine
import Runner
import Server
import ServiceLifecycle
import Storage

/// What has to be done from time to time: the summary of refusals, the last reading of the clock, deliveries that can no
/// longer be replayed, requests to have a value shown that nobody used, and where the next start begins to read the ledger.
struct Housekeeping: Service {
  let core: ServerCore
  let awakening: Awakening
  /// How many days a finished run is kept; nil: for ever.
  let retentionDays: Int?
  /// How many days a call stands in the log of a method that does not say it itself; nil: as long as its run, and 30
  /// days where it has none.
  let requestLogDays: Int?
  /// After how many days the keyring begins a new term by itself; nil: only when it is told to.
  let rotationDays: Int?

  private static let interval = Duration.seconds(60)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: Self.interval)
        await tidy()
      }
    }
    await tidy()
  }

  private func tidy() async {
    // Neither sealed nor awake: a start that failed, which leaves everything as it was.
    if core.isSealed && !core.parts.isSealed { return }
    let now = core.parts.clock.now()
    var batch = WriteBatch(ledger: core.refusals.takeSummary())
    switch core.readClock() {
    case .steady:
      // Deliveries are forgotten by a clock that is believed only.
      batch.intentions = [.noteTime(now), .forgetReplays(before: ClockWatch.forgettable(at: now))]
    case .behind(let newest): await awakening.alarm(clock: now, newest: newest)
    }
    // What could not be written is counted again the next time; the service goes on.
    _ = try? await core.parts.store.commit(batch)
    try? await awakening.keepCheckpointIfWorthIt()
    if !core.isSealed { try? await core.reveals.forgetExpired() }
    if !core.isSealed { await KeptDeliveries(store: core.parts.store, endpoints: core.endpoints).tidy() }
    await deleteOldRuns(now)
    if !core.isSealed, core.isClockSettled, core.readClock() == .steady { try? await core.runner.tendSearch() }
    await forgetOldAccounts(now)
    await keepKeyring(now)
  }

  /// Begins a new term when the current one is old, and moves what is left under older ones.
  private func keepKeyring(_ now: Instant) async {
    guard !core.isSealed else { return }
    if let rotationDays, core.isClockSettled, core.readClock() == .steady,
      let term = try? core.parts.keyring.terms().first(where: \.isCurrent),
      term.createdAt.advanced(byMilliseconds: Int64(rotationDays) * 86_400_000) <= now,
      let number = try? core.parts.keyring.rotate(at: now)
    {
      let draft = LedgerDraft(
        .key(version: UInt64(number)), actor: .service, action: "rotate", subject: "keyring", outcome: "ok")
      _ = try? await core.parts.store.commit(WriteBatch(ledger: [draft]))
    }
    if core.isClockSettled, core.readClock() == .steady, await core.keys.tend() {
      try? await core.endpoints.renew()
    }
    _ = try? await core.resealing.pass()
  }

  /// Days that items of the outbox and notifications are kept after they ended.
  private static let toldDays: Int64 = 30

  /// Figures that no window reaches any more, and what was told long ago.
  private func forgetOldAccounts(_ now: Instant) async {
    guard !core.isSealed, core.isClockSettled, core.readClock() == .steady else { return }
    let told = now.advanced(byMilliseconds: -Self.toldDays * 86_400_000)
    let changes: [AccountChange] = [.forgetTallies(before: TallyWindow.keptSince(now)), .forgetToldBefore(told)]
    _ = try? await core.parts.store.commit(WriteBatch(changes.map { .account($0) }))
    guard let (retention, logged) = await requestRetention() else { return }
    for change in retention.changes(for: logged, at: now) {
      _ = try? await core.parts.store.commit(WriteBatch([.account(change)]))
    }
  }

  /// With the methods that have calls in the log. Nil where the store or the service cannot be asked now: then nothing is
  /// forgotten. An integration that cannot be read keeps the calls of its own methods, and no others.
  private func requestRetention() async -> (retention: RequestRetention, logged: [String])? {
    guard let rows = try? await core.library.integrationRows(),
      let logged = try? await core.parts.store.requestMethods()
    else { return nil }
    let unreadable = Set(rows.filter { $0.document == nil }.map(\.row.id))
    let integrations = rows.compactMap(\.document)
    return (RequestRetention(integrations, unreadable: unreadable, serviceDays: requestLogDays), logged)
  }

  private func deleteOldRuns(_ now: Instant) async {
    guard !core.isSealed, core.isClockSettled, core.readClock() == .steady else { return }
    guard let (retention, logged) = await requestRetention() else { return }
    let kept = retention.methods(of: logged)
    await Retention(runner: core.runner).pass(at: now, days: retentionDays, keepingCallsOf: kept)
  }
}
