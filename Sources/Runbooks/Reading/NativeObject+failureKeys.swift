extension NativeObject {
  static let failureKeys = [
    NativeKey("disable_after", .integer(1...1_000), "Failed runs in a row that disable the runbook; 3 to 5 is usual."),
    NativeKey("ticket_after", .integer(1...1_000), "Failed runs in a row that open a ticket."),
    NativeKey("ticket_type", .scalar, "The type of the ticket, as the desk knows it."),
    NativeKey("ticket_user", .scalar, "The user of the ticket, as the desk knows it."),
    NativeKey(
      "notify", .oneOf([.boolean, .list(.text)]),
      "true: every login with the preference error_notifications gets a notification; or those of them that are named."),
    NativeKey("email", .object(.failureMail), "A mail to one recipient."),
    NativeKey("webhook", .object(.failureWebhook), "A signed POST (Standard Webhooks)."),
    NativeKey(
      "tell_after", .integer(1...1_000),
      "notify, email and webhook: once in a row of failed runs, at this number; by each failed run without it."),
  ]

  static let failureMailKeys = [
    NativeKey("to", .text, required: true, "A login, whose address is with it, or a mail address."),
    NativeKey("template", .text, required: true, "The name of a template."),
  ]

  static let templateKeys = [
    NativeKey("template", .text, required: true, "The name that runbooks use under on_failure.email.template."),
    NativeKey("notes", .text, "Anything worth knowing."),
    NativeKey("subject", .text, required: true, "The mail's subject; one line, with $-RUNBOOKNAME and the like."),
    NativeKey("text", .text, "The mail as plain text; text, html or both."),
    NativeKey("html", .text, "The mail as HTML; what stands for a variable is escaped."),
  ]

  static let failureWebhookKeys = [
    NativeKey("url", .text, required: true, "Where it goes; the egress guard decides whether it may."),
    NativeKey("key", .text, required: true, "The signing key, a field of the key/value store: kv/PATH#FIELD."),
  ]

  static let scheduleKeys = [
    NativeKey(
      "cron", .text, required: true,
      "Five fields: minute, hour, day of month, month, day of week; or @daily and the like."),
    NativeKey("zone", .text, "A time zone such as Europe/Berlin; UTC without it."),
  ]
}
