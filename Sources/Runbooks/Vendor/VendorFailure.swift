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
      settings.ticketType = number("failure_tickettype_id", &object, &context)
      settings.ticketUser = number("failure_ticket_user_id", &object, &context)
    }
    guard object.bool("notify_on_failure", &context) == true else { return }
    object.use("notify_on_failure")
    settings.notify = .everybody
    guard let agent = number("notify_on_failure_tech", &object, &context) else { return }
    guard let template = number("notify_on_failure_template", &object, &context) else {
      context.warn(
        .vendorNumberUnknown, at: object.place("notify_on_failure_tech"),
        "`notify_on_failure_tech` names agent \(agent), and no template: no mail is sent",
        remedy: "set email: { to: …, template: … } under on_failure")
      return
    }
    settings.mail = FailureSettings.MailSettings(to: agent, template: template)
    context.warn(
      .vendorNumberUnknown, at: object.place("notify_on_failure_tech"),
      "a failed run sends the mail template `\(template)` to the login `\(agent)`: `notify_on_failure_tech` and "
        + "`notify_on_failure_template` are numbers of the vendor's",
      remedy: "name a login or an address, and a template, under on_failure.email")
  }

  private static func attempts(
    _ key: String, _ object: inout VendorObject, _ context: inout ReadingContext
  ) -> Int? {
    guard let attempts = object.integer(key, &context), (1...1_000).contains(attempts) else { return nil }
    object.use(key)
    return Int(attempts)
  }

  /// A number above zero as a name; nothing and "don't send" are 0 or less.
  private static func number(
    _ key: String, _ object: inout VendorObject, _ context: inout ReadingContext
  ) -> String? {
    guard let number = object.integer(key, &context), number > 0 else { return nil }
    object.use(key)
    return String(number)
  }
}
