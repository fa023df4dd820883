package import Encodings
import MessageSignatures
import Webhooks

/// Schemes of the installation, and how endpoints use schemes and keys.
enum SignatureCheck {
  typealias Report = (DocumentCheck.Finding) -> Void

  /// Warns of everything that the scheme leaves open, and says what an unconfirmed warning does.
  static func check(_ document: SchemeDocument, builtIn: Set<String>, report: Report) {
    if builtIn.contains(document.id), !document.replacesBuiltIn {
      report(
        .error(
          .duplicateDocument, "scheme", "a scheme \(ShownName.of(document.id)) comes with the program already",
          remedy: "choose another name, or say replaces_built_in: true to stand in its place"))
    }
    if !builtIn.contains(document.id), document.replacesBuiltIn {
      report(
        .warning(
          .unknownName, "replaces_built_in", "no scheme \(ShownName.of(document.id)) comes with the program to replace")
      )
    }
    guard let scheme = document.scheme else { return }
    for warning in scheme.warnings {
      let isAccepted = document.acceptedWarnings.contains(warning.code)
      report(
        .warning(
          .schemeWarning, "definition", warning.message,
          remedy: isAccepted
            ? nil
            : "change the scheme, or add \(warning.code) to accept_warnings; until then no endpoint may use it"))
    }
    for remark in scheme.remarks { report(.warning(.schemeRemark, "definition", remark.message)) }
  }

  /// An endpoint's scheme or recipe, its settings and its keys.
  static func check(
    _ settings: SignatureSettings, given: [String: String], schemes: SchemeDirectory, timestampHeader: String?,
    now: Instant?, _ report: Report
  ) {
    switch settings.method {
    case .scheme(let name):
      guard let names = schemes.names else { break }
      guard names.contains(name) else {
        let nearest = NearestName.of(name, among: names.sorted())
        report(
          .error(
            .unknownName, "start.public.scheme", "there is no signature scheme \(ShownName.of(name))",
            remedy: nearest.map { "did you mean `\($0)`?" }))
        break
      }
      check(name, settings, given, schemes, report)
    case .recipe(let recipe):
      check(recipe, timestampHeader: timestampHeader, report)
      checkNames(of: settings, among: [], report)
    }
    if settings.fetchesKeys { checkFetching(settings, schemes, report) }
    for (index, key) in settings.keys.enumerated() { check(key, at: "keys.\(index)", now: now, report) }
  }

  /// What a policy of HTTP message signatures leaves open, and keys that end.
  static func check(
    _ settings: MessageSignatureSettings, remembersDeliveries: Bool, now: Instant?, _ report: Report
  ) {
    guard let policy = try? settings.policy() else { return }
    for warning in SchemeWarning.all(of: policy) {
      report(.warning(.schemeWarning, "start.public.http_signature.required_components", warning.message))
    }
    if remembersDeliveries { checkDeliveries(of: policy, report) }
    for (index, key) in settings.keys.enumerated() {
      check(key.key, at: "http_signature.keys.\(index)", now: now, report)
    }
  }

  /// A delivery is known by what it signs, and `created` has whole seconds: the rest must tell two of one second apart.
  private static func checkDeliveries(of policy: MessageSignaturePolicy, _ report: Report) {
    guard !policy.bindsBody, !policy.requiresNonce else { return }
    let part = "start.public.http_signature.required_components"
    let lost =
      "the second is taken for a repetition of the first, answered with success (`duplicate`), and LOST: it starts no run"
    let remedy = "add content-digest to required_components, or demand a nonce (nonce: true)"
    if policy.tellsDeliveriesApart {
      report(
        .warning(
          .deliveriesLost, part,
          "where two different deliveries of one second agree in everything that is signed, \(lost)", remedy: remedy))
    } else {
      report(
        .error(
          .deliveriesLost, part,
          "nothing that has to be signed tells two different deliveries of one second apart: \(lost)",
          remedy: "\(remedy); or say replay: off, under which a repetition starts a run as well"))
    }
  }

  private static func check(
    _ name: String, _ settings: SignatureSettings, _ given: [String: String], _ schemes: SchemeDirectory,
    _ report: Report
  ) {
    if let first = schemes.own(name)?.unconfirmed.first {
      report(
        .warning(
          .schemeWarning, "start.public.scheme",
          "the scheme \(ShownName.of(name)) has a warning that nobody accepted, so the endpoint refuses everything: "
            + first.message,
          remedy: "add \(first.code) to accept_warnings of the scheme, or change it"))
    }
    guard let scheme = schemes.scheme(name) else { return }
    if schemes.own(name) == nil {
      for warning in scheme.warnings { report(.warning(.schemeWarning, "start.public.scheme", warning.message)) }
    }
    for (setting, _) in scheme.settings where given[setting] == nil {
      let isTopic = setting == SignatureScheme.topicSetting
      report(
        .error(
          .missingKey, "start.public.scheme",
          isTopic
            ? "the scheme \(ShownName.of(name)) would take the notifications of everybody's topics: all are signed under the "
              + "same certificates"
            : "the scheme \(ShownName.of(name)) needs the setting `\(setting)` under start.public.settings",
          remedy: isTopic ? "add `settings: { topic_arn: \"arn:aws:sns:…\" }` under start.public, with your topic" : nil
        ))
    }
    checkNames(of: settings, among: scheme.settings.map(\.name), report)
    checkKeys(of: settings, for: scheme, report)
  }

  /// What the signature does not read would be left out without a word, and a slip in its name with it.
  private static func checkNames(of settings: SignatureSettings, among known: [String], _ report: Report) {
    for name in settings.settings.keys.sorted() where !known.contains(name) {
      report(
        .error(
          .unknownKey, "start.public.settings.\(name)", "the signature reads no setting \(ShownName.of(name))",
          remedy: known.isEmpty
            ? "it reads none: leave `settings` out" : "the settings are \(known.sorted().joined(separator: ", "))"))
    }
  }

  /// Keys that the scheme could never use, whatever is entered.
  private static func checkKeys(of settings: SignatureSettings, for scheme: SignatureScheme, _ report: Report) {
    for (index, key) in settings.keys.enumerated() {
      guard let fault = fault(of: key, for: scheme) else { continue }
      var place = settings.keys.count == 1 && key.isPlain ? "start.public.scheme" : "start.public.keys.\(index)"
      var remedy: String?
      switch fault {
      case .addressMissing:
        remedy = "write `keys: [{ name: …, url: …, encoding: x509-pem }]`, or fetch_keys: true and no key"
      case .addressForm:
        place = "start.public.keys.\(index).url"
        remedy = scheme.keyAddressPattern.map { "its form is the pattern `\($0)`" }
      default: break
      }
      report(.error(.badValue, place, fault.message, remedy: remedy))
    }
  }

  private static func fault(of key: SignatureKey, for scheme: SignatureScheme) -> KeyFault? {
    let isNamed = key.source.namedKey != nil
    let encoding = key.encoding ?? scheme.keyEncoding ?? .utf8
    if !isNamed, !encoding.serves(scheme.algorithm) { return .encoding(encoding, scheme.algorithm) }
    guard scheme.namesItsKey else { return nil }
    guard !isNamed, encoding == .x509PEM, let url = key.url else { return .addressMissing }
    return scheme.allowsKey(at: url) ? nil : .addressForm
  }

  /// Only requests of some schemes say where their key is.
  private static func checkFetching(
    _ settings: SignatureSettings, _ schemes: SchemeDirectory, _ report: Report
  ) {
    if case .scheme(let name) = settings.method {
      guard let scheme = schemes.scheme(name), !scheme.namesItsKey else { return }
    }
    report(
      .error(
        .badValue, "start.public.fetch_keys", "requests of this signature name no certificate that could be fetched",
        remedy:
          "enter a key instead; schemes with certificates by address are aws-sns-v2, paypal and own ones with key_url"))
  }

  /// The recipe with values that nothing separates.
  private static func check(_ settings: SignatureRecipeSettings, timestampHeader: String?, _ report: Report) {
    var recipe = settings.expanded
    // A signed date has a form that says where it ends.
    if let timestampHeader, settings.signs(timestampHeader) { recipe.timestampHeader = timestampHeader }
    guard let scheme = try? recipe.scheme() else { return }
    for warning in scheme.warnings {
      if case .touchingParts = warning {
        report(
          .warning(
            .schemeWarning, "start.public.recipe", warning.message,
            remedy: "where the sender can, use framing: lengths, under which no byte can move"))
      } else {
        report(.warning(.schemeWarning, "start.public.recipe", warning.message))
      }
    }
  }

  /// A key that has ended refuses; one that ends soon will.
  private static func check(_ key: SignatureKey, at place: String, now: Instant?, _ report: Report) {
    // Of dates in the wrong order that is said already.
    guard let now, let end = key.notAfter, key.notBefore.map({ $0 <= end }) ?? true else { return }
    let part = "start.public.\(place).not_after"
    if end < now {
      report(.warning(.keyEnds, part, "the key \(ShownName.of(key.name)) has ended; nothing that it signs is let in"))
    } else if end.milliseconds(since: now) <= KeyEnds.soonMilliseconds {
      report(
        .warning(
          .keyEnds, part, "the key \(ShownName.of(key.name)) ends in \(KeyEnds.days(until: end, now: now))",
          remedy: "enter its successor beside it"))
    }
  }
}

/// When a key's end is worth a word.
package enum KeyEnds {
  /// Thirty days.
  package static let soonMilliseconds: Int64 = 30 * 86_400_000

  static func days(until end: Instant, now: Instant) -> String {
    let days = end.milliseconds(since: now) / 86_400_000
    return days == 0 ? "less than a day" : days == 1 ? "one day" : "\(days) days"
  }

  /// What an operator should know of the keys of an endpoint, one sentence each.
  package static func sentences(of keys: [SignatureKey], now: Instant) -> [String] {
    keys.compactMap { key in key.notAfter.flatMap { sentence("key `\(key.name)`", ending: $0, now: now) } }
  }

  /// The same of the certificates that were entered as keys: they end whatever the document says.
  package static func sentences(
    of certificates: [(name: String, notBefore: Instant, notAfter: Instant)], now: Instant
  ) -> [String] {
    certificates.compactMap { certificate in
      let subject = "certificate of the key `\(certificate.name)`"
      if now < certificate.notBefore { return "The \(subject) is valid only from \(certificate.notBefore.rfc3339)." }
      return sentence(subject, ending: certificate.notAfter, now: now)
    }
  }

  /// Nil where the end is far.
  private static func sentence(_ subject: String, ending end: Instant, now: Instant) -> String? {
    if end < now { return "The \(subject) has ended." }
    guard end.milliseconds(since: now) <= soonMilliseconds else { return nil }
    return "The \(subject) ends in \(days(until: end, now: now))."
  }
}

/// The schemes that endpoints can name: those of the files and the store before those that come with the program.
struct SchemeDirectory {
  private let options: CheckOptions
  private let documents: [String: SchemeDocument]

  init(_ options: CheckOptions, read: [SchemeDocument]) {
    self.options = options
    documents = Dictionary((options.ownSchemes + read).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
  }

  /// Nil where nobody asked.
  var names: Set<String>? { options.schemes.map { $0.union(documents.keys) } }

  func own(_ name: String) -> SchemeDocument? { documents[name] }

  func scheme(_ name: String) -> SignatureScheme? {
    documents[name].map { $0.scheme } ?? SchemeCatalogue.builtIn.scheme(named: name)
  }
}
