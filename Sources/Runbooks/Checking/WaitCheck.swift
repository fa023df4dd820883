/// Waits and loops against the limits of a run, and approvals that nobody can give: what would fail each time, and only
/// after hours.
enum WaitCheck {
  /// - Parameter logins: those that the service has; nil where it is not asked.
  static func check(_ document: RunbookDocument, logins: Set<String>?, report: (DocumentCheck.Finding) -> Void) {
    let limit = document.limits.maximumRunTime ?? RunLimitSettings.standardRunTime
    for step in document.steps {
      if case .sleep(let wait) = step.kind, wait >= limit {
        report(
          .warning(
            .waitTooLong, "steps.\(step.name).sleep",
            "step \(ShownName.of(step.name)) sleeps \(DurationText.text(wait)), and a run may take "
              + "\(DurationText.text(limit)), waits included: it fails when it comes to this step",
            remedy: "set `limits.max_run_time` above it"))
      }
      if let approval = step.kind.approval {
        checkPeople(approval, of: step, in: document, report)
        checkNames(approval, of: step, among: logins, report)
        checkTime(approval, of: step, limit: limit, report)
      }
      if case .iterate = step.kind { checkLoop(step, in: document, report) }
    }
    checkSleeps(document, limit: limit, report)
  }

  /// Sleeps between which a run can go nowhere else: what comes to the first of them comes to the others, or no further.
  private static func checkSleeps(
    _ document: RunbookDocument, limit: Duration, _ report: (DocumentCheck.Finding) -> Void
  ) {
    let steps = Dictionary(document.steps.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var told: Set<String> = []
    // A sleep that another one leads to is counted with that one.
    var passed: Set<String> = []
    var rounds = 0
    for first in document.steps {
      guard case .sleep(let wait) = first.kind, wait < limit, !passed.contains(first.name) else { continue }
      var total = wait
      var step = first
      var seen: Set<String> = [first.name]
      while rounds < mostRounds, let name = onlyTarget(of: step), let next = steps[name], seen.insert(name).inserted {
        rounds += 1
        step = next
        guard case .sleep(let further) = step.kind else { continue }
        passed.insert(step.name)
        // One that is too long alone is told by itself.
        guard further < limit else { break }
        total += further
        guard total >= limit else { continue }
        if told.insert(step.name).inserted {
          report(
            .warning(
              .waitTooLong, "steps.\(step.name).sleep",
              "the sleeps from step \(ShownName.of(first.name)) to step \(ShownName.of(step.name)) take "
                + "\(DurationText.text(total)) together, and a run may take \(DurationText.text(limit)), waits included: "
                + "what comes to \(ShownName.of(first.name)) fails at \(ShownName.of(step.name))",
              remedy: "set `limits.max_run_time` above it"))
        }
        break
      }
    }
  }

  /// Steps that are gone through for this, in one document.
  private static let mostRounds = 100_000

  /// The one step that can follow; nil where there are several, or none, or where the run may end instead.
  private static func onlyTarget(of step: Step) -> String? {
    if case .startRunbook = step.kind { return nil }
    let targets = Set(step.targets.map(\.target))
    return targets.count == 1 ? targets.first : nil
  }

  /// Whoever starts a run cannot approve it, and every runbook can be started by somebody with a token, by a step of another
  /// one, or by a repetition: so where all who are named are needed, none of them may be the one.
  private static func checkPeople(
    _ approval: ApprovalSettings, of step: Step, in document: RunbookDocument,
    _ report: (DocumentCheck.Finding) -> Void
  ) {
    let named = Set(approval.from).count
    guard named > 0, named <= approval.required else { return }
    guard named == approval.required else {
      return report(
        .error(
          .badValue, "steps.\(step.name).approval.required",
          "step \(ShownName.of(step.name)) needs \(approval.required) people to agree, and `from` names \(named): it can "
            + "never be approved",
          remedy: "name more logins in `from`, or lower `required`"))
    }
    let all = named == 1 ? "the one login" : named == 2 ? "both logins" : "all \(named) logins"
    let (one, others) = named == 1 ? ("it", "it") : ("one of them", "them")
    report(
      .warning(
        .starterNeeded, "steps.\(step.name).approval.from",
        "step \(ShownName.of(step.name)) needs \(all) that `from` names, and whoever starts a run cannot approve it: what "
          + "\(one) starts or repeats is never approved",
        remedy: "name one more login in `from`, or keep \(others) from starting \(ShownName.of(document.name))"))
  }

  /// A name that no login can have is nobody for good. Of a login that there is not only a service can tell, and it may be
  /// made later: a warning. Names that there are are not told, as for `on_failure.notify`.
  private static func checkNames(
    _ approval: ApprovalSettings, of step: Step, among logins: Set<String>?,
    _ report: (DocumentCheck.Finding) -> Void
  ) {
    for (index, name) in approval.from.enumerated() {
      let part = "steps.\(step.name).approval.from.\(index)"
      let shown = ShownName.of(name)
      if !LoginNames.canBe(name) {
        report(
          .error(
            .badValue, part, "no login can be named \(shown), so nobody of this name can approve",
            remedy: "name another one; \(LoginNames.rule)"))
      } else if let logins, !logins.contains(name) {
        report(
          .warning(
            .degraded, part, "there is no login \(shown), so nobody of this name can approve before there is one",
            remedy: "name another one, or make it with `chancery user put`"))
      }
    }
  }

  private static func checkTime(
    _ approval: ApprovalSettings, of step: Step, limit: Duration, _ report: (DocumentCheck.Finding) -> Void
  ) {
    if approval.expires > limit {
      report(
        .warning(
          .waitTooLong, "steps.\(step.name).approval.expires",
          "the approval of step \(ShownName.of(step.name)) stands for \(DurationText.text(approval.expires)), and a run may "
            + "take \(DurationText.text(limit)), waits included: it ends with the run's time",
          remedy: "set `limits.max_run_time` above it"))
    }
  }

  /// Where the document sets no limit on steps, somebody may think that there is none.
  private static func checkLoop(
    _ begin: Step, in document: RunbookDocument, _ report: (DocumentCheck.Finding) -> Void
  ) {
    guard document.limits.maximumSteps == nil, let steps = shortestRound(of: begin, in: document) else { return }
    let most = RunLimitSettings.standardSteps
    report(
      .warning(
        .fewElements, "steps.\(begin.name).iterate",
        "each round of \(ShownName.of(begin.name)) takes \(steps) steps or more, and a run may take \(most): it fails "
          + "after about \(most / steps) rounds",
        remedy: "set `limits.max_steps` to what the longest array needs"))
  }

  /// Steps from the first one of the loop to its `next`, both counted; nil where no way leads there.
  private static func shortestRound(of begin: Step, in document: RunbookDocument) -> Int? {
    let steps = Dictionary(document.steps.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var seen: Set<String> = [begin.name]
    var level = begin.onSuccess.map { [$0] } ?? []
    var count = 0
    while !level.isEmpty {
      count += 1
      var after: [String] = []
      for name in level where seen.insert(name).inserted {
        guard let step = steps[name] else { continue }
        if case .next(of: begin.name) = step.kind { return count }
        after += step.targets.map(\.target)
      }
      level = after
    }
    return nil
  }
}
