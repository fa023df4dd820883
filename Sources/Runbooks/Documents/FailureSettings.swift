/// What happens when runs fail, one after the other (R16). Numbers are failed runs in a row.
package struct FailureSettings: Equatable, Sendable {
  /// Disables the runbook; `nil`: never.
  package var disableAfter: Int?
  /// Opens a ticket; `nil`: never.
  package var ticketAfter: Int?
  /// The ticket's type and the user it belongs to, as the desk knows them.
  package var ticketType: String?
  package var ticketUser: String?
  package var notify: NotifySettings
  package var mail: MailSettings?
  package var webhook: WebhookSettings?
  /// Notification, mail and webhook happen once in a streak, at this number; `nil`: by each failed run.
  package var tellAfter: Int?

  package init(
    disableAfter: Int? = nil, ticketAfter: Int? = nil, ticketType: String? = nil, ticketUser: String? = nil,
    notify: NotifySettings = .nobody, mail: MailSettings? = nil, webhook: WebhookSettings? = nil, tellAfter: Int? = nil
  ) {
    self.disableAfter = disableAfter
    self.ticketAfter = ticketAfter
    self.ticketType = ticketType
    self.ticketUser = ticketUser
    self.notify = notify
    self.mail = mail
    self.webhook = webhook
    self.tellAfter = tellAfter
  }

  /// Whether nothing is asked for.
  package var isEmpty: Bool { self == FailureSettings() }

  /// Whether somebody may get a notification.
  package var notifies: Bool { notify != .nobody }

  /// Who gets a notification of the service. Logins without the preference `error_notifications` never do.
  package enum NotifySettings: Equatable, Sendable {
    case nobody
    /// Every login with the preference.
    case everybody
    /// Those of them that are named; at least one.
    case logins([String])
  }

  /// A mail for each time that somebody is told.
  package struct MailSettings: Equatable, Sendable {
    /// A login, whose address is with it, or an address.
    package var to: String
    /// The name of the template.
    package var template: String

    package init(to: String, template: String) {
      self.to = to
      self.template = template
    }
  }

  /// A signed POST for each time that somebody is told.
  package struct WebhookSettings: Equatable, Sendable {
    package var url: String
    /// What it is signed with (Standard Webhooks).
    package var key: SecretReference

    package init(url: String, key: SecretReference) {
      self.url = url
      self.key = key
    }
  }
}
