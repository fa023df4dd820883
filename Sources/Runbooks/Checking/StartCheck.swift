import Encodings

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
    case .messageSignature(let settings): SignatureCheck.check(settings, now: now, report)
    case .unset, .bearer, .basic, .headerSecret: break
    }
    if !start.remembersDeliveries {
      report(
        .warning(
          .replayOff, "start.public.replay",
          "whoever has seen one request can start a run with it again, as often as he likes",
          remedy: "leave `replay` out, unless the same bytes are meant to start a run each time"))
    }
    checkTimestamp(start, report)
  }

  private static func checkTimestamp(_ start: PublicStart, _ report: Report) {
    guard let header = start.timestampHeader else { return }
    if case .signature(let settings) = start.authentication, case .recipe(let recipe) = settings.method,
      recipe.signs(header)
    {
      return
    }
    report(
      .warning(
        .timestampNotSigned, "start.public.timestamp_header",
        "the header \(ShownName.of(header)) is not signed, so whoever repeats a request can renew its time",
        remedy: "list it under signed_headers of a recipe"))
  }
}
