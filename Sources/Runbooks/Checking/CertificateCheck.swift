import Encodings

/// Certificates that stand in a document: whether they are any, and when they end.
enum CertificateCheck {
  /// How long before its end a certificate is warned about.
  private static let warningMilliseconds: Int64 = 30 * 86_400_000

  static func check(
    _ document: IntegrationDocument, options: CheckOptions, report: (DocumentCheck.Finding) -> Void
  ) {
    guard let end = options.certificateEnd else { return }
    var texts: [(part: String, name: String, text: String)] = []
    if !document.trust.isEmpty { texts.append(("trust", "`trust`", document.trust)) }
    if let shown = ShownCertificate(of: document), case .document(let text) = shown.settings.chain {
      let part = document.clientCertificate == nil ? "auth" : "client_certificate"
      texts.append(("\(part).certificate", "the certificate", text))
    }
    for (part, name, text) in texts {
      guard let ends = end(text) else {
        report(.error(.badValue, part, "\(name) is no certificate in PEM form"))
        continue
      }
      guard let now = options.now, ends < now.advanced(byMilliseconds: warningMilliseconds) else { continue }
      let day = ends.rfc3339.prefix(10)
      report(
        .warning(
          .keyEnds, part,
          ends <= now ? "\(name) has ended on \(day): no call will be made" : "\(name) ends on \(day)",
          remedy: "write the next one in its place"))
    }
  }
}
