import Destinations

/// What a runbook says about failed runs and can never do: a webhook's URL that nothing can be posted to, and logins that
/// there are not.
enum FailureCheck {
  typealias Report = (DocumentCheck.Finding) -> Void

  /// - Parameter logins: those that the service has; nil where it is not asked.
  static func check(_ document: RunbookDocument, logins: Set<String>?, report: Report) {
    if let webhook = document.onFailure.webhook { checkURL(webhook.url, report) }
    if let logins { checkLogins(document.onFailure, among: logins, report) }
  }

  /// As it is parsed when it is called; which hosts may be called, and in plain HTTP, is the configuration's business.
  private static func checkURL(_ url: String, _ report: Report) {
    // What has not even its beginning was refused where it was read.
    guard FailureReader.isWritten(url) else { return }
    func refuse(_ sentence: String, remedy: String?) {
      report(.error(.badURL, "on_failure.webhook.url", sentence, remedy: remedy))
    }
    guard !url.contains("<<") else {
      return refuse(
        "`url` of a webhook holds no placeholder: it is called as it stands", remedy: "write the whole URL out")
    }
    do throws(URLFault) {
      _ = try URLTemplate(base: url, resource: "", segments: .mixed, allowingPlainHTTP: { _ in true })
    } catch {
      if error == .credentials {
        refuse(
          "`url` of a webhook holds no user and no password: what is posted is signed with `key`",
          remedy: "remove what stands before the @")
      } else if error == .queryInBase {
        refuse("`url` of a webhook has no query", remedy: "remove the ? and what stands behind it")
      } else {
        refuse("`url` of a webhook: \(error.message)", remedy: nil)
      }
    }
  }

  /// A warning only: the login may be made later, and a run does not depend on it. Names that there are are not told:
  /// whoever may import need not be one who may list them.
  private static func checkLogins(_ settings: FailureSettings, among logins: Set<String>, _ report: Report) {
    func warn(_ part: String, _ name: String, _ consequence: String, other: String) {
      let shown = ShownName.of(name)
      guard LoginNames.canBe(name) else {
        return report(
          .warning(
            .degraded, part, "no login can be named \(shown), so \(consequence)",
            remedy: "name \(other); \(LoginNames.rule)"))
      }
      report(
        .warning(
          .degraded, part, "there is no login \(shown), so \(consequence) before there is one",
          remedy: "name another one, or make it with `chancery user put`"))
    }
    if case .logins(let names) = settings.notify {
      for (index, name) in names.enumerated() where !logins.contains(name) {
        warn("on_failure.notify.\(index)", name, "nobody gets its notifications", other: "another one")
      }
    }
    if let to = settings.mail?.to, MailAddress(to) == nil, !logins.contains(to) {
      warn("on_failure.email.to", to, "each mail fails for good (`no-address`)", other: "another one, or an address")
    }
  }
}
