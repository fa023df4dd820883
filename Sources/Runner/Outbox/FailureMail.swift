import Access
import Destinations
import Egress
import Runbooks
import Storage

/// Sends the mail that a failed run asks for. A repetition has the same Message-ID, since the item's id is in it.
struct FailureMail: Sendable {
  let library: DocumentLibrary

  func perform(_ item: OutboxItem) async throws -> OutboxResult {
    let parts = library.parts
    guard let server = try await MailBook(parts: parts).open() else { return .wait("no-mail-server") }
    let runbook = try await library.bundle(item.bundle).runbook
    guard let wanted = runbook.onFailure.mail else { return .never("not-configured") }
    guard let to = try await address(wanted.to) else { return .never("no-address") }
    guard let template = try await library.template(wanted.template)?.document else { return .never("no-template") }
    let filled = template.filled(for: runbook)
    let mail = MailMessage(
      from: server.settings.from, to: to, subject: filled.subject, text: filled.text, html: filled.html, id: item.id,
      date: item.createdAt)
    do throws(MailFailure) {
      try await parts.client.deliver(mail, through: server.settings.server, login: server.login)
      return .done
    } catch {
      if case .interrupted? = error.connection { return .stopped }
      return error.isFinal ? .never(error.word) : .later(error.word)
    }
  }

  /// The address itself, or the one of the login.
  private func address(_ recipient: String) async throws -> MailAddress? {
    if let address = MailAddress(recipient) { return address }
    guard let name = try? UserName(recipient), let login = try await LoginBook(parts: library.parts).login(name) else {
      return nil
    }
    return login.preferences.mail.flatMap { MailAddress($0) }
  }
}
