/// Waits and loops against the limits of a run, and approvals that nobody can give: what would fail each time, and only
/// after hours.
enum WaitCheck {
  static func check(_ document: RunbookDocument, report: (DocumentCheck.Finding) -> Void) {
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
        checkTime(approval, of: step, limit: limit, report)
      }
      if case .iterate = step.kind { checkLoop(step, in: document, report) }
    }
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
