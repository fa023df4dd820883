import SourceText

/// Imports what the vendor's runbook does about failed runs. Agents, users, ticket types and templates are numbers there:
/// they are taken over as names, and a warning says which must be made.
enum VendorFailure {
  static func read(
    _ object: inout VendorObject, into settings: inout FailureSettings, _ context: inout ReadingContext
  ) {
    context.places.note("on_failure", at: object.place("auto_disable_attempts"))
    context.places.note("on_failure.ticket_after", at: object.place("log_ticket_attempts"))
    settings.disableAfter = attempts("auto_disable_attempts", &object, &context)
    settings.ticketAfter = attempts("log_ticket_attempts", &object, &context)
    if settings.ticketAfter != nil {
      settings.ticketType = number("failure_tickettype_id", object, &context)
      settings.ticketUser = number("failure_ticket_user_id", object, &context)
      if settings.ticketType != nil { object.useNumber("failure_tickettype_id") }
      if settings.ticketUser != nil { object.useNumber("failure_ticket_user_id") }
    }
    guard object.bool("notify_on_failure", &context) == true else { return object.settle("notify_on_failure") }
    object.useFlag("notify_on_failure")
    settings.notify = .everybody
    guard let agent = number("notify_on_failure_tech", object, &context) else { return }
    guard let template = number("notify_on_failure_template", object, &context) else {
      object.settle("notify_on_failure_tech")
      context.warn(
        .vendorNumberUnknown, at: object.place("notify_on_failure_tech"),
        "`notify_on_failure_tech` names agent \(agent), and no template: no mail is sent",
        remedy: "set email: { to: …, template: … } under on_failure")
      return
    }
    object.useNumber("notify_on_failure_tech")
    object.useNumber("notify_on_failure_template")
    settings.mail = FailureSettings.MailSettings(to: agent, template: template)
    context.warn(
      .vendorNumberUnknown, at: object.place("notify_on_failure_tech"),
      "a failed run sends the mail template `\(template)` to the login `\(agent)`: `notify_on_failure_tech` and "
        + "`notify_on_failure_template` are numbers of the vendor's",
      remedy: "name a login or an address, and a template, under on_failure.email")
  }

  /// What an import takes over; 0 is none.
  static let mostAttempts: ClosedRange<Int64> = 1...1_000

  /// What is written goes back as it came, and what says something else goes.
  static func write(_ settings: FailureSettings, to json: inout VendorJSON) {
    let numbers: ClosedRange<Int64> = 1...Int64.max
    func number(_ text: String?) -> Int64? {
      text.flatMap { Int64($0) }.flatMap { numbers.contains($0) ? $0 : nil }
    }
    json.fill("auto_disable_attempts", settings.disableAfter.map(Int64.init), in: mostAttempts)
    json.fill("log_ticket_attempts", settings.ticketAfter.map(Int64.init), in: mostAttempts)
    if settings.ticketAfter != nil {
      json.fill("failure_tickettype_id", number(settings.ticketType), in: numbers)
      json.fill("failure_ticket_user_id", number(settings.ticketUser), in: numbers)
    }
    let isEverybody = settings.notify == .everybody
    if isEverybody || json.has("notify_on_failure") { json.fill("notify_on_failure", isEverybody) }
    guard isEverybody else { return }
    if let agent = number(settings.mail?.to), let template = number(settings.mail?.template) {
      json.fill("notify_on_failure_tech", agent, in: numbers)
      json.fill("notify_on_failure_template", template, in: numbers)
    } else if json.value("notify_on_failure_tech")?.whole.map({ numbers.contains($0) }) == true {
      json.fill("notify_on_failure_template", nil, in: numbers)
    }
  }

  private static func attempts(
    _ key: String, _ object: inout VendorObject, _ context: inout ReadingContext
  ) -> Int? {
    object.take(key, in: mostAttempts, &context).map { Int($0) }
  }

  /// A number above zero as a name; nothing and "don't send" are 0 or less.
  private static func number(
    _ key: String, _ object: VendorObject, _ context: inout ReadingContext
  ) -> String? {
    guard let number = object.integer(key, &context), number > 0 else { return nil }
    return String(number)
  }
}
