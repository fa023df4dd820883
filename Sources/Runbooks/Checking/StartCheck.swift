/// How safely a runbook may be started from outside.
enum StartCheck {
  typealias Report = (DocumentCheck.Finding) -> Void

  static func check(_ document: RunbookDocument, options: CheckOptions, report: Report) {
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
    case .signature(let settings): check(settings, options: options, report)
    case .unset, .bearer, .basic, .headerSecret: break
    }
    checkTimestamp(start, report)
  }

  private static func check(_ settings: SignatureSettings, options: CheckOptions, _ report: Report) {
    guard case .scheme(let name) = settings.method, let schemes = options.schemes, !schemes.contains(name) else {
      return
    }
    let nearest = NearestName.of(name, among: schemes.sorted())
    report(
      .error(
        .unknownName, "start.public.scheme", "there is no signature scheme \(ShownName.of(name))",
        remedy: nearest.map { "did you mean `\($0)`?" }))
  }

  private static func checkTimestamp(_ start: PublicStart, _ report: Report) {
    guard let header = start.timestampHeader else { return }
    if case .signature(let settings) = start.authentication, case .recipe(let recipe) = settings.method,
      recipe.signedHeaders.contains(where: { $0.lowercased() == header.lowercased() })
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
