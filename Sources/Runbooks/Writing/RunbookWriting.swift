/// Writes runbooks and steps.
enum RunbookWriting {
  static func write(_ document: RunbookDocument, to writer: inout ObjectWriter) {
    writer.object { writer in
      writer.text("runbook", document.id)
      writer.text("name", document.name, unless: document.id)
      writer.text("group", document.group)
      writer.text("notes", document.notes, unless: "")
      writer.bool("active", document.isActive, unless: !document.steps.isEmpty)
      start(document.start, schedules: document.schedules, to: &writer)
      variables(document.variables, to: &writer)
      writer.text("mode", document.mode.rawValue, unless: ExecutionMode.parallel.rawValue)
      FailureWriting.write(document.onFailure, to: &writer)
      writer.integer("retention_days", document.retentionDays, unless: RunbookDocument.defaultRetentionDays)
      limits(document.limits, to: &writer)
      if document.startStep != document.steps.first?.name { writer.text("first", document.startStep) }
      steps(document.steps, to: &writer)
      writer.texts("inactive_reasons", document.inactiveReasons)
      writer.vendor(document.vendor)
    }
  }

  static func start(_ access: StartAccess, schedules: [Schedule] = [], to writer: inout ObjectWriter) {
    guard access.publicStart != nil || !schedules.isEmpty else { return }
    writer.object("start") { writer in
      if !schedules.isEmpty {
        writer.array("schedule", schedules) { schedule, writer in
          writer.object { writer in
            writer.text("cron", schedule.cron.text)
            writer.text("zone", schedule.zone, unless: Schedule.standardZone)
          }
        }
      }
      guard let start = access.publicStart else { return }
      writer.object("public") { writer in
        authentication(start.authentication, to: &writer)
        writer.text("timestamp_header", start.timestampHeader)
        writer.integer("answer", start.answer.rawValue, unless: StartAnswer.accepted.rawValue)
        if !start.remembersDeliveries { writer.text("replay", "off") }
        writer.integer("replay_limit", start.rememberedLimit)
        if let settings = start.initialVerification.settings { verification(settings, to: &writer) }
      }
      writer.bool("encrypt_request", start.encryptRequest, unless: false)
      IntegrationWriting.bindings("inputs", start.inputs, to: &writer)
    }
  }

  private static func verification(_ settings: ChallengeSettings, to writer: inout ObjectWriter) {
    writer.object("initial_verification") { writer in
      switch settings.profile {
      case .named(let name): writer.text("challenge", name)
      case .own(let json): writer.raw("profile", json)
      }
      if !settings.settings.isEmpty {
        writer.object("settings") { writer in
          for setting in settings.settings { writer.text(setting.name, setting.value) }
        }
      }
      if let token = settings.verifyToken {
        IntegrationWriting.credential(ChallengeSettings.verifyTokenName, token, to: &writer)
      }
    }
  }

  private static func authentication(_ authentication: StartAuthentication, to writer: inout ObjectWriter) {
    switch authentication {
    case .none: writer.text("auth", "none")
    case .bearer: writer.text("auth", "bearer")
    case .basic(let username, let password):
      writer.text("auth", "basic")
      writer.text("username", username)
      IntegrationWriting.credential("password", password, to: &writer)
    case .signature(let settings):
      writer.text("auth", "signature")
      switch settings.method {
      case .scheme(let name): writer.text("scheme", name)
      case .recipe(let recipe): write(recipe, to: &writer)
      }
      keys(settings.keys, to: &writer)
      texts("settings", settings.settings, to: &writer)
      writer.bool("fetch_keys", settings.fetchesKeys, unless: false)
    case .messageSignature(let settings):
      writer.text("auth", "http_signature")
      writer.object("http_signature") { MessageSignatureWriting.write(settings, to: &$0) }
    case .headerSecret(let header, let secret):
      writer.text("auth", "header_secret")
      writer.text("header", header)
      IntegrationWriting.credential("secret", secret, to: &writer)
    case .uriSecret(let parameter, let secret):
      writer.text("auth", "uri_secret")
      writer.text("parameter", parameter)
      IntegrationWriting.credential("secret", secret, to: &writer)
    case .unset(let description):
      writer.text("auth", "unset")
      writer.text("description", description)
    }
  }

  private static func write(_ recipe: SignatureRecipeSettings, to writer: inout ObjectWriter) {
    writer.object("recipe") { writer in
      writer.text("header", recipe.header)
      writer.text("algorithm", recipe.algorithm.rawValue, unless: SignatureRecipeSettings.Algorithm.sha256.rawValue)
      writer.text("digest", recipe.digest.rawValue, unless: SignatureRecipeSettings.Digest.hex.rawValue)
      writer.text("prefix", recipe.prefix, unless: "")
      writer.texts("signed_headers", recipe.signedHeaders)
      texts("patterns", recipe.patterns, to: &writer)
      writer.text("framing", recipe.framing.rawValue, unless: SignatureRecipeSettings.Framing.none.rawValue)
    }
  }

  /// One key that counts always is `key`, anything else the list.
  private static func keys(_ keys: [SignatureKey], to writer: inout ObjectWriter) {
    // Where certificates are fetched none has to be entered.
    guard !keys.isEmpty else { return }
    if keys.count == 1, keys[0].isPlain {
      return IntegrationWriting.credential("key", keys[0].source, to: &writer)
    }
    writer.array("keys", keys) { key, writer in
      writer.object { writer in
        write(key, to: &writer)
      }
    }
  }

  static func write(_ key: SignatureKey, to writer: inout ObjectWriter) {
    writer.text("name", key.name)
    IntegrationWriting.credential("key", key.source, to: &writer)
    writer.text("encoding", key.encoding?.rawValue)
    writer.text("url", key.url)
    writer.text("not_before", key.notBefore?.rfc3339)
    writer.text("not_after", key.notAfter?.rfc3339)
  }

  private static func texts(_ key: String, _ texts: [String: String], to writer: inout ObjectWriter) {
    guard !texts.isEmpty else { return }
    writer.object(key) { writer in
      for (name, text) in texts.sorted(by: { $0.key < $1.key }) { writer.text(name, text) }
    }
  }

  static func variables(_ variables: [VariableDeclaration], to writer: inout ObjectWriter) {
    guard !variables.isEmpty else { return }
    writer.object("variables") { writer in
      for variable in variables { writer.object(variable.name) { write(variable, to: &$0) } }
    }
  }

  private static func write(_ variable: VariableDeclaration, to writer: inout ObjectWriter) {
    writer.text("type", variable.type?.rawValue)
    switch variable.initialValue {
    case .none: break
    case .json(let text): writer.raw("default", text)
    case .secret(let reference): writer.text("secret", reference.text)
    case .sealed: writer.bool("sealed", true, unless: false)
    }
    writer.bool("encrypt", variable.encrypt, unless: false)
    if let hosts = variable.hosts { writer.array("hosts", hosts) { host, writer in writer.string(host) } }
    writer.text("from", variable.from?.text)
    IntegrationWriting.valueMappings(variable.valueMappings, to: &writer)
    writer.bool("persist", variable.persist, unless: false)
    writer.bool("input", variable.isInput, unless: false)
    writer.vendor(variable.vendor)
  }

  private static func limits(_ settings: RunLimitSettings, to writer: inout ObjectWriter) {
    guard !settings.isEmpty else { return }
    writer.object("limits") { writer in
      writer.integer("max_steps", settings.maximumSteps)
      writer.integer("max_visits", settings.maximumVisits)
      writer.duration("max_run_time", settings.maximumRunTime)
      writer.integer("max_parallel", settings.maximumParallel)
    }
  }

  private static func steps(_ steps: [Step], to writer: inout ObjectWriter) {
    guard !steps.isEmpty else { return }
    writer.object("steps") { writer in
      for step in steps {
        writer.object(step.name) { writer in
          writer.text("title", step.title, unless: step.name)
          behaviour(of: step, to: &writer)
          writer.vendor(step.vendor)
        }
      }
    }
  }

  /// What the step does and where it leads: all that decides what a run does.
  static func behaviour(of step: Step, to writer: inout ObjectWriter) {
    switch step.kind {
    case .method(let call):
      writer.text("method", call.method.text)
      IntegrationWriting.bindings("outputs", call.outputs, to: &writer)
      writer.bool("encrypt_response", call.encryptResponse, unless: false)
      write(call.approval, to: &writer)
      writer.duration("timeout", call.timeout)
      IntegrationWriting.retry(call.retry, to: &writer)
    case .sql(let step): SQLStepWriting.write(step, to: &writer)
    case .iterate(let iteration):
      writer.text("iterate", "<<\(iteration.items.text)>>")
      writer.integer("batch", iteration.batch)
      IntegrationWriting.bindings("outputs", iteration.outputs, to: &writer)
    case .next(let begin): writer.text("next", begin)
    case .sleep(let duration): writer.duration("sleep", duration)
    case .startRunbook(let start):
      writer.text("start_runbook", start.runbook)
      IntegrationWriting.bindings("variables", start.variables, to: &writer)
    case .key(let key): KeyStepWriting.write(key, to: &writer)
    case .condition(let groups): ConditionWriting.write(groups, to: &writer)
    case .end(let result): writer.text("end", result.rawValue)
    case .unsupported(let description): writer.text("unsupported", description)
    }
    edge("then", step.onSuccess, name: step.successEdgeName, to: &writer)
    edge("else", step.onFailure, name: step.failureEdgeName, to: &writer)
  }

  static func write(_ approval: ApprovalSettings?, to writer: inout ObjectWriter) {
    guard let approval else { return }
    writer.object("approval") { writer in
      writer.integer("required", approval.required)
      writer.texts("from", approval.from)
      if approval.expires != ApprovalSettings.standardExpiry { writer.duration("expires", approval.expires) }
    }
  }

  private static func edge(_ key: String, _ target: String?, name: String?, to writer: inout ObjectWriter) {
    guard let target else { return }
    guard let name else { return writer.text(key, target) }
    writer.object(key) { writer in
      writer.text("step", target)
      writer.text("name", name)
    }
  }
}
