import SourceText

/// Imports the vendor's export of a runbook (a `Webhook` of type 1).
enum VendorRunbookImport {
  /// Kept without a word: how the vendor's client shows it, what changes by itself, what only outgoing
  /// webhooks use, and what has a warning of its own.
  private static let quiet: Set<String> = [
    "icon", "flow_chart_json", "version_number", "version_major", "version_minor", "version_patch",
    "library_licence_name", "intent", "install_popup", "last_status", "lastcreated", "nextcreationdate",
    "average_steps_executed", "max_steps_executed", "average_execution_time", "max_execution_time", "run_count_hour",
    "run_count_day", "run_count_week", "last_auto_disable_date", "last_ticket_creation_date", "url", "method",
    "content_type", "authentication_type", "custom_payload", "payload_type", "mappings", "batch_delay_seconds",
    "batch_limit", "___loaded_at", "disabled", "integrations", "inbound_authentication_type", "access_control",
    "access_control_level", "certificate_id", "multiple_execution_mode", "initial_verification_type", "schedule_id",
  ]

  /// Integrations that the export carries itself.
  static func embeddedIntegrations(
    _ node: SourceNode, file: String
  ) -> [(document: IntegrationDocument, context: ReadingContext)] {
    (node["integrations"]?.sequence ?? []).filter { !VendorObject.isBlankRow($0) }.compactMap { element in
      var context = ReadingContext(file: file)
      return VendorIntegrationImport.read(element, &context).map { ($0, context) }
    }
  }

  static func read(
    _ node: SourceNode, freshID: () -> String, _ context: inout ReadingContext
  ) -> RunbookDocument? {
    guard var object = VendorObject(node, what: "the runbook", &context) else { return nil }
    context.places.note("", at: node.place)
    if let type = object.integer("type", &context), type != 1 {
      context.error(
        .outgoingWebhook, at: object.place("type"),
        type == 0 ? "this is an outgoing webhook (`type` 0), not a runbook" : "`type` \(type) is no runbook")
      return nil
    }
    let given = object.text("name", &context)
    guard let name = NameRules.shown(given, what: "`name` of the runbook", at: object.place("name"), &context) else {
      context.error(.missingKey, at: node.place, "the runbook has no `name`")
      return nil
    }
    let id = object.text("id", &context) ?? freshID()
    context.places.note("runbook", at: object.place("id"))
    context.places.note("name", at: object.place("name"))
    NameRules.checkIdentifier(id, what: "the id", at: object.place("id"), &context)
    var document = RunbookDocument(
      id: id, name: name, isActive: object.bool("active", &context, unreadable: false) ?? true)
    readState(&object, into: &document, &context)
    document.notes = object.text("note", &context) ?? ""
    let group = object.text("group_name", &context)
    document.group = NameRules.shown(
      group, what: "`group_name` of the runbook", at: object.place("group_name"), &context)
    object.use("id", "name", "note", "group_name")
    object.useNumber("type")
    readStart(&object, into: &document, &context)
    readAccess(&object, into: &document, &context)
    readExecution(&object, into: &document, &context)
    VendorVariables.read(&object, into: &document, &context)
    var steps = VendorSteps(&object, &context)
    document.steps = steps.read(&context)
    document.startStep = steps.start
    document.inactiveReasons += steps.obstacles + context.takeObstacles(after: 0)
    document.vendor.entries += steps.kept
    object.dropTestData(&context)
    if object.isSet("schedule_id") {
      context.warn(
        .vendorNumberUnknown, at: object.place("schedule_id"),
        "`schedule_id` of the runbook is kept and not honoured: it names a schedule of the vendor's installation",
        remedy: "write the schedule under start.schedule")
    }
    object.warnAboutKept(quiet: quiet, &context)
    // Those of a list have become documents of their own.
    _ = object.elements("integrations", &context)
    let hasEmbedded = object.node["integrations"]?.sequence != nil
    document.vendor = VendorExtras(
      object.extras(&context).entries.filter { $0.key != "integrations" || !hasEmbedded } + document.vendor.entries)
    if document.steps.isEmpty { document.isActive = false }
    return document
  }

  /// Beside what is kept of a runbook: how its `active` is written, where that is neither true nor false.
  static let activeWriting = "active[as]"

  /// Beside what is kept of a runbook: that it was active, and only what could not be taken over made it inactive.
  static let activeBefore = VendorExtras.Entry(key: "active[was]", json: "true")

  /// Whether the vendor's document has it active: it is, or nobody has disabled it since it was.
  static func isActive(_ document: RunbookDocument) -> Bool {
    document.isActive || (document.vendor[activeBefore.key] != nil && !document.activationObstacles.isEmpty)
  }

  /// Where it is `disabled`, `active` says something of its own. What is inactive for another reason goes out as such, so
  /// the flag itself is not kept, but how it is written.
  private static func readState(
    _ object: inout VendorObject, into document: inout RunbookDocument, _ context: inout ReadingContext
  ) {
    guard object.bool("disabled", &context, unreadable: true) != true else {
      document.isActive = false
      return
    }
    guard let value = object.node["active"], !value.isNone, value.bool == nil, value.flag != nil else {
      return object.useFlag("active")
    }
    object.use("active")
    document.vendor.entries.append(VendorExtras.Entry(key: activeWriting, json: "\"\(writing(of: value))\""))
  }

  private static func writing(of flag: SourceNode) -> String {
    guard let text = flag.string else { return "number" }
    if flag.whole != nil { return "digit" }
    return text.first?.isUppercase == true ? "capital" : "text"
  }

  /// The flag as `active` was written, as JSON.
  static func active(_ flag: Bool, of document: RunbookDocument) -> String {
    switch document.vendor[activeWriting] {
    case "\"number\"": flag ? "1" : "0"
    case "\"digit\"": flag ? "\"1\"" : "\"0\""
    case "\"capital\"": flag ? "\"True\"" : "\"False\""
    case "\"text\"": flag ? "\"true\"" : "\"false\""
    case _?, nil: flag ? "true" : "false"
    }
  }

  private static func readStart(
    _ object: inout VendorObject, into document: inout RunbookDocument, _ context: inout ReadingContext
  ) {
    context.places.note("start.public.auth", at: object.place("inbound_authentication_type"))
    context.places.note("start.public.timestamp_header", at: object.place("timestamp_verification_header"))
    sealPassword(&object, runbook: document.id, &context)
    let read = object.integer("runbook_start_type", &context)
    let number = read ?? 0
    guard number == 1 else {
      if number != 0 {
        context.warn(
          .vendorNumberUnknown, at: object.place("runbook_start_type"),
          "`runbook_start_type` \(number) is not known: the runbook starts from inside only")
      }
      if read == 0 { object.useNumber("runbook_start_type") } else { object.settle("runbook_start_type") }
      return
    }
    object.useNumber("runbook_start_type")
    var start = PublicStart(answer: .ok)
    start.encryptRequest = object.bool("encrypt_request", &context, unreadable: true) ?? false
    start.authentication = authentication(object, &context)
    object.useFlag("encrypt_request")
    readTimestampHeader(&object, into: &start, &context)
    if object.isSet("initial_verification_type") {
      context.warn(
        .vendorNumberUnknown, at: object.place("initial_verification_type"),
        "`initial_verification_type` is kept: what its numbers mean is not known, so no handshake is answered")
    }
    document.start = .public(start)
  }

  /// A header in which no time can come would have to be there in every request, or be looked at in none.
  private static func readTimestampHeader(
    _ object: inout VendorObject, into start: inout PublicStart, _ context: inout ReadingContext
  ) {
    let key = "timestamp_verification_header"
    guard let name = object.text(key, &context) else { return object.use(key) }
    guard isReceivable(name) else {
      object.settle(key)
      return context.obstruct(
        "`\(key)` \(ShownName.of(name)) is no header that a sender can write", at: object.place(key))
    }
    start.timestampHeader = name
    object.use(key)
  }

  /// Whether it is the name of a header that others may send.
  static func isReceivable(_ name: String) -> Bool {
    NameRules.isHeaderName(name) && !NameRules.ownedHeaders.contains(name.lowercased())
  }

  /// Only 0 is known, and means none. Anything else, and no number at all, leaves the endpoint shut.
  private static func authentication(_ object: VendorObject, _ context: inout ReadingContext) -> StartAuthentication {
    let found: String
    switch object.integer("inbound_authentication_type", &context) {
    case 0: return .none
    case let number?: found = "`inbound_authentication_type` \(number) is not known"
    case nil where object.isNoNumber("inbound_authentication_type"):
      found = "`inbound_authentication_type` is no whole number"
    case nil: found = "`inbound_authentication_type` is missing"
    }
    context.warn(
      .widensAccess, at: object.place("inbound_authentication_type"),
      "\(found): the endpoint refuses everything until its authentication is set",
      remedy: "set `auth` under start.public")
    return .unset(found)
  }

  private static func sealPassword(_ object: inout VendorObject, runbook: String, _ context: inout ReadingContext) {
    for key in ["basic_password", "new_basic_password"] {
      defer { object.use(key) }
      guard let text = object.text(key, &context), !VendorObject.isBlankOrMasked(text) else { continue }
      let slot = SealedSlot.startCredential(runbook: runbook, name: "password")
      guard !context.sealed.contains(where: { $0.slot == slot }) else { continue }
      context.seal(text, as: slot, what: "`\(key)`", at: object.place(key))
    }
  }

  /// Settings whose loss would let more people in.
  private static func readAccess(
    _ object: inout VendorObject, into document: inout RunbookDocument, _ context: inout ReadingContext
  ) {
    for key in ["access_control", "access_control_level", "certificate_id"] where object.isSet(key) {
      document.inactiveReasons.append("`\(key)` limits who may use it, and cannot be honoured")
      context.warn(
        .widensAccess, at: object.place(key),
        "`\(key)` limits access and cannot be honoured: the runbook is imported inactive")
    }
  }

  /// What an import takes over of `infinite_loop_threshold`.
  static let visits: ClosedRange<Int64> = 1...1_000_000
  /// What an import takes over of `log_retention_policy_days`.
  static let retentionDays: ClosedRange<Int64> = 1...3_650

  /// Why a runbook with this mode does not run.
  static func unknownMode(_ mode: Int64?) -> String {
    let name = "`multiple_execution_mode`"
    return mode.map { "\(name) \($0) is not known" } ?? "\(name) is no whole number"
  }

  private static func readExecution(
    _ object: inout VendorObject, into document: inout RunbookDocument, _ context: inout ReadingContext
  ) {
    if object.node["multiple_execution_mode"]?.isNone == false {
      let mode = object.integer("multiple_execution_mode", &context)
      if mode == 0 {
        object.useNumber("multiple_execution_mode")
      } else {
        document.inactiveReasons.append(unknownMode(mode))
        context.warn(
          .vendorNumberUnknown, at: object.place("multiple_execution_mode"),
          "\(unknownMode(mode)): the runbook is imported inactive")
      }
    }
    if let threshold = object.take("infinite_loop_threshold", in: visits, &context) {
      document.limits.maximumVisits = Int(threshold)
    }
    if let days = object.integer("log_retention_policy_days", &context) {
      if retentionDays.contains(days) {
        document.retentionDays = Int(days)
        object.useNumber("log_retention_policy_days")
      } else {
        object.settle("log_retention_policy_days")
        context.warn(
          .badValue, at: object.place("log_retention_policy_days"),
          "logs cannot be kept for \(days) days; they are kept for \(document.retentionDays)")
      }
    } else if object.isNoNumber("log_retention_policy_days") {
      object.settle("log_retention_policy_days")
    }
    VendorFailure.read(&object, into: &document.onFailure, &context)
  }
}
