import Encodings
import MessageSignatures
import Webhooks

/// How safely a runbook may be started from outside.
enum StartCheck {
  typealias Report = (DocumentCheck.Finding) -> Void

  static func check(_ document: RunbookDocument, schemes: SchemeDirectory, now: Instant?, report: Report) {
    guard let start = document.start.publicStart else { return }
    let part = "start.public.auth"
    switch start.authentication {
    case .none:
      report(.warning(.noAuthentication, part, "anyone who knows the start URL can start this runbook"))
    case .uriSecret:
      report(
        .warning(
          .secretInURI, part,
          "a secret in the URI ends up in the logs of whatever stands between the sender and the service",
          remedy: "prefer a signature or a secret in a header"))
    case .signature(let settings):
      SignatureCheck.check(
        settings, given: start.schemeSettings, schemes: schemes, timestampHeader: start.timestampHeader, now: now,
        report)
    case .messageSignature(let settings):
      SignatureCheck.check(settings, remembersDeliveries: start.remembersDeliveries, now: now, report)
    case .unset, .bearer, .basic, .headerSecret: break
    }
    if !start.remembersDeliveries {
      report(
        .warning(
          .replayOff, "start.public.replay",
          "whoever has seen one request can start a run with it again, as often as he likes",
          remedy: "leave `replay` out, unless the same bytes are meant to start a run each time"))
    }
    checkTimestamp(start, schemes, report)
    checkSharedSettings(start, report)
  }

  /// Where the header is under the signature nobody can renew the time; where it holds the credential there can be none.
  private static func checkTimestamp(_ start: PublicStart, _ schemes: SchemeDirectory, _ report: Report) {
    guard let name = start.timestampHeader, let header = try? HeaderName(name),
      let authentication = try? EndpointCheck.authentication(start.authentication, schemes)
    else { return }
    let part = "start.public.timestamp_header"
    if authentication.isCarried(by: header) {
      report(
        .error(
          .conflictingKeys, part,
          "the header \(ShownName.of(name)) carries the credential and cannot hold a time as well: nothing would be let in",
          remedy: "name the header in which the sender writes the time, or leave `timestamp_header` out"))
      return
    }
    guard let remedy = remedy(for: header, authentication, of: start.authentication) else { return }
    report(
      .warning(
        .timestampNotSigned, part,
        "the header \(ShownName.of(name)) is not signed, so whoever repeats a request can renew its time",
        remedy: remedy))
  }

  /// How the header comes under the signature; nil where it is.
  private static func remedy(
    for header: HeaderName, _ authentication: EndpointAuthentication, of start: StartAuthentication
  ) -> String? {
    switch authentication {
    case .signature(let scheme):
      if scheme.signs(header) { return nil }
      if case .signature(let settings) = start, case .recipe = settings.method {
        return "list it under signed_headers of the recipe"
      }
      return "name a header that the scheme signs, or use a recipe that has it under signed_headers"
    case .messageSignature(let policy):
      if policy.covers(field: header.text) { return nil }
      return "add `\(header.text.lowercased())` to required_components of http_signature"
    case .none, .basic, .bearer, .headerSecret, .uriSecret:
      return "only a signature protects a time: list it under signed_headers of a recipe (auth: signature), "
        + "or in required_components (auth: http_signature)"
    }
  }

  /// A name that the scheme and the handshake both read is one setting: with two values the handshake would be confirmed
  /// for one sender, and deliveries let in of another.
  private static func checkSharedSettings(_ start: PublicStart, _ report: Report) {
    guard case .signature(let signature) = start.authentication, let handshake = start.initialVerification.settings
    else { return }
    for setting in handshake.settings {
      guard let own = signature.settings[setting.name], !own.utf8.elementsEqual(setting.value.utf8) else { continue }
      report(
        .error(
          .conflictingKeys, "start.public.initial_verification.settings.\(setting.name)",
          "the setting \(ShownName.of(setting.name)) has another value here than under start.public.settings",
          remedy: "write it here only; the scheme reads it here as well"))
    }
  }
}
