/// Writes what a runbook does about failed runs.
enum FailureWriting {
  static func write(_ settings: FailureSettings, to writer: inout ObjectWriter) {
    guard !settings.isEmpty else { return }
    writer.object("on_failure") { writer in
      writer.integer("disable_after", settings.disableAfter)
      writer.integer("ticket_after", settings.ticketAfter)
      writer.text("ticket_type", settings.ticketType)
      writer.text("ticket_user", settings.ticketUser)
      switch settings.notify {
      case .nobody: break
      case .everybody: writer.bool("notify", true, unless: false)
      case .logins(let logins): writer.texts("notify", logins)
      }
      if let mail = settings.mail {
        writer.object("email") { writer in
          writer.text("to", mail.to)
          writer.text("template", mail.template)
        }
      }
      if let webhook = settings.webhook {
        writer.object("webhook") { writer in
          writer.text("url", webhook.url)
          writer.text("key", webhook.key.text)
        }
      }
      writer.integer("tell_after", settings.tellAfter)
    }
  }
}
