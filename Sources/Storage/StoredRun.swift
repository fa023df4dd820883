package import Encodings
package import Keyring
package import RunEngine

/// A run's life as a list shows it.
package enum StoredRunState: String, Sendable, CaseIterable {
  case queued
  case running
  case succeeded
  case failed
  case cancelled

  package var isFinished: Bool {
    switch self {
    case .queued, .running: false
    case .succeeded, .failed, .cancelled: true
    }
  }
}

/// What started a run.
package enum TriggerKind: String, Sendable, CaseIterable {
  /// A request at the public endpoint.
  case publicEndpoint = "public"
  /// A person or program with a token, through the native API.
  case api
  /// A step of another run, which ended with it.
  case runbook
  /// The runbook's own schedule.
  case schedule
}

/// Why a run waits, and until when.
package struct RunWait: Equatable, Sendable {
  package enum Reason: String, Sendable, CaseIterable {
    /// The next attempt of a call.
    case retry
    /// Beginning again, after an end of the kind "retry from start".
    case restart
    /// The end of a sleep.
    case sleep
    /// People who approve a request.
    case approval
  }

  package var reason: Reason
  package var until: Instant

  package init(reason: Reason, until: Instant) {
    self.reason = reason
    self.until = until
  }
}

/// That a run is paused: it begins no step until somebody lets it go on.
package struct RunPause: Equatable, Sendable {
  package var at: Instant
  /// The entity that paused it.
  package var by: String

  package init(at: Instant, by: String) {
    self.at = at
    self.by = by
  }
}

/// A run's row: everything here stands in clear on disk (ids, states, times, counts, and the word of a
/// failure, never a value).
package struct StoredRun: Equatable, Sendable {
  package var id: RunID
  package var runbookID: String
  /// The bundle of documents that the run is pinned to.
  package var bundle: BundleID
  package var state: StoredRunState
  package var trigger: TriggerKind
  package var createdAt: Instant
  package var startedAt: Instant?
  package var endedAt: Instant?
  package var stepsExecuted: Int
  /// `FailureReason.word`, where the run failed.
  package var failureWord: String?
  package var runKeySlot: UInt32
  package var runKeyGeneration: UInt32
  /// What a running run waits for; nil where it does not.
  package var waiting: RunWait?
  /// When somebody asked for the run's end: written by `requestCancel` alone, never by an append.
  package var cancelRequestedAt: Instant?
  /// That somebody paused it: written by `pauseRun` and `resumeRun` alone, never by an append.
  package var pause: RunPause?
  /// The run that started this one with a step.
  package var parent: RunID?
  /// How many runs have started one another before this one.
  package var depth: Int
  /// The entity that asked for the run; nil where a request without one did.
  package var startedBy: String?
  /// The run that somebody had this one repeat: from its start, or from the step at which it failed.
  package var retryOf: RunID?
  /// Whether nothing of it left the service: it only shows what would.
  package var isDry: Bool

  /// Whether it is held: it is paused and not over.
  package var isPaused: Bool { pause != nil && !state.isFinished }

  package init(
    id: RunID, runbookID: String, bundle: BundleID, state: StoredRunState, trigger: TriggerKind, createdAt: Instant,
    startedAt: Instant? = nil, endedAt: Instant? = nil, stepsExecuted: Int = 0, failureWord: String? = nil,
    runKeySlot: UInt32, runKeyGeneration: UInt32, waiting: RunWait? = nil,
    cancelRequestedAt: Instant? = nil, pause: RunPause? = nil, parent: RunID? = nil, depth: Int = 0,
    startedBy: String? = nil,
    retryOf: RunID? = nil, isDry: Bool = false
  ) {
    self.id = id
    self.runbookID = runbookID
    self.bundle = bundle
    self.state = state
    self.trigger = trigger
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.stepsExecuted = stepsExecuted
    self.failureWord = failureWord
    self.runKeySlot = runKeySlot
    self.runKeyGeneration = runKeyGeneration
    self.waiting = waiting
    self.cancelRequestedAt = cancelRequestedAt
    self.pause = pause
    self.parent = parent
    self.depth = depth
    self.startedBy = startedBy
    self.retryOf = retryOf
    self.isDry = isDry
  }
}

/// The last value of a variable that is kept between runs.
package struct StoredKeptVariable: Equatable, Sendable {
  package var runbookID: String
  package var name: String
  package var value: Envelope
  /// When the run ended that left it; nil where an earlier release kept it.
  package var keptAt: Instant?

  package init(runbookID: String, name: String, value: Envelope, keptAt: Instant? = nil) {
    self.runbookID = runbookID
    self.name = name
    self.value = value
    self.keptAt = keptAt
  }
}

/// What somebody answered to the question whether a request may leave.
package struct StoredApproval: Equatable, Sendable {
  package var run: RunID
  package var step: String
  package var visit: Int
  package var login: String
  /// False: refused.
  package var isGiven: Bool
  package var at: Instant

  package init(run: RunID, step: String, visit: Int, login: String, isGiven: Bool, at: Instant) {
    self.run = run
    self.step = step
    self.visit = visit
    self.login = login
    self.isGiven = isGiven
    self.at = at
  }
}

/// One recorded event: its kind and time in clear, everything else sealed under the run's key.
package struct StoredEvent: Equatable, Sendable {
  /// From 1, without gaps within a run.
  package var sequence: Int
  /// `RunHistory.kind(of:)`.
  package var kind: String
  package var at: Instant
  /// The event in its recorded form.
  package var event: Envelope
  /// The values that the event brought, with labels and spans; nil where it brought none.
  package var values: Envelope?

  package init(sequence: Int, kind: String, at: Instant, event: Envelope, values: Envelope?) {
    self.sequence = sequence
    self.kind = kind
    self.at = at
    self.event = event
    self.values = values
  }
}

/// The documents that a run was started with, named by the SHA-256 of their canonical form, in hex.
package struct BundleID: Hashable, Sendable {
  package let hex: String

  package init(hex: String) {
    self.hex = hex
  }
}

/// A filter over runs; pages go from the newest to the oldest.
package struct RunQuery: Sendable {
  package var runbookID: String?
  package var state: StoredRunState?
  package var trigger: TriggerKind?
  /// Only runs that failed with this word.
  package var reason: String?
  /// Only runs that are paused.
  package var isPaused = false
  /// Only runs that repeat this one.
  package var retryOf: RunID?
  /// Only runs that came from this time on, and before that one, by the time in their ids.
  package var since: Instant?
  package var until: Instant?
  /// Only runs older than this one: the cursor of the page before.
  package var before: RunID?
  /// 1 to 500.
  package var limit: Int

  /// Whether it asks for something that few runs may be.
  package var isNarrow: Bool { runbookID != nil || state != nil || trigger != nil || reason != nil || isPaused }

  package init(runbookID: String? = nil, state: StoredRunState? = nil, before: RunID? = nil, limit: Int = 50) {
    self.runbookID = runbookID
    self.state = state
    self.before = before
    self.limit = min(max(1, limit), 500)
  }
}
