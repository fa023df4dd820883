import Destinations
import SourceText

/// Reads what a runbook does about failed runs.
enum FailureReader {
  static func read(in object: ObjectReader, _ context: inout ReadingContext) -> FailureSettings {
    guard let node = object.value("on_failure"),
      let reader = ObjectReader(node, as: .failure, part: "on_failure", &context)
    else { return FailureSettings() }
    let settings = FailureSettings(
      disableAfter: reader.integer("disable_after", &context), ticketAfter: reader.integer("ticket_after", &context),
      ticketType: reader.scalar("ticket_type", &context), ticketUser: reader.scalar("ticket_user", &context),
      notify: notify(in: reader, &context), mail: mail(in: reader, &context), webhook: webhook(in: reader, &context),
      tellAfter: reader.integer("tell_after", &context))
    if settings.ticketAfter == nil {
      reader.refuse(
        ["ticket_type", "ticket_user"], because: "`ticket_after` is missing, so no ticket is opened", &context)
    }
    if settings.tellAfter != nil, !settings.notifies, settings.mail == nil, settings.webhook == nil {
      reader.refuse(["tell_after"], because: "nobody is told: there is no notify, email or webhook", &context)
    }
    return settings
  }

  private static func notify(
    in reader: ObjectReader, _ context: inout ReadingContext
  ) -> FailureSettings.NotifySettings {
    guard let node = reader.value("notify") else { return .nobody }
    if let word = node.bool { return word ? .everybody : .nobody }
    let logins = reader.texts("notify", &context)
    for (index, login) in logins.enumerated() {
      let place = node.sequence?.dropFirst(index).first?.place ?? node.place
      context.places.note("on_failure.notify.\(index)", at: place)
      guard login.isEmpty || login.utf8.contains(UInt8(ascii: "@")) else { continue }
      context.error(
        .badValue, at: place, "`notify` names logins",
        remedy: "write a mail address under email: { to: …, template: … }")
    }
    return logins.isEmpty ? .nobody : .logins(logins)
  }

  private static func mail(in reader: ObjectReader, _ context: inout ReadingContext) -> FailureSettings.MailSettings? {
    guard let node = reader.value("email"),
      let mail = ObjectReader(node, as: .failureMail, part: "on_failure.email", &context),
      let to = mail.text("to", &context), let template = mail.text("template", &context)
    else { return nil }
    if !MailAddress.isRecipient(to) {
      context.error(
        .badValue, at: mail.value("to")?.place ?? node.place,
        "`to` must be a login, or one mail address such as soc@example.org")
    }
    return FailureSettings.MailSettings(to: to, template: template)
  }

  private static func webhook(
    in reader: ObjectReader, _ context: inout ReadingContext
  ) -> FailureSettings.WebhookSettings? {
    guard let node = reader.value("webhook"),
      let webhook = ObjectReader(node, as: .failureWebhook, part: "on_failure.webhook", &context),
      let url = webhook.text("url", &context), let keyNode = webhook.value("key")
    else { return nil }
    if !isWritten(url) {
      context.error(
        .badValue, at: webhook.value("url")?.place ?? node.place, "`url` must be a URL such as https://example.org/hook"
      )
    }
    return TextReader.reference(keyNode, what: "`key`", &context).map {
      FailureSettings.WebhookSettings(url: url, key: $0)
    }
  }

  /// Whether a text begins as a URL and holds nothing that no URL has. What else is wrong with it is said by the check of
  /// the document, so that one that is stored already can still be read.
  static func isWritten(_ url: String) -> Bool {
    (url.hasPrefix("https://") || url.hasPrefix("http://")) && url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
