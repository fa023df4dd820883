package import Encodings
import SourceText
import Webhooks

/// What `check` and `import` know beyond the files.
package struct CheckOptions: Sendable {
  /// Names of the signature schemes that the service has; `nil`: not asked.
  package var schemes: Set<String>?
  /// The installation's own schemes, as stored.
  package var ownSchemes: [SchemeDocument]
  /// Names of the mail templates that the service has; `nil`: not asked.
  package var templates: Set<String>?
  /// Ids and names of the runbooks that the service has; `nil`: not asked.
  package var runbooks: Set<String>?
  /// Names of the logins that the service has; `nil`: not asked.
  package var logins: Set<String>?
  /// The data sources that the service has; `nil`: not asked.
  package var dataSources: [DataSourceDocument]?
  /// The time, for keys that end soon; nil where it is not asked.
  package var now: Instant?
  /// The handshake profiles that the service has; `nil`: not asked.
  package var challenges: ChallengeProfiles?
  /// Whether there is a time zone of this name; `nil`: not asked.
  package var isTimeZone: (@Sendable (String) -> Bool)?
  /// When the first certificate of a PEM text to end ends; nil where the text is none. Nil: certificates are not read.
  package var certificateEnd: (@Sendable (String) -> Instant?)?

  package init(
    schemes: Set<String>? = nil, ownSchemes: [SchemeDocument] = [],
    templates: Set<String>? = nil, dataSources: [DataSourceDocument]? = nil, now: Instant? = nil,
    challenges: ChallengeProfiles? = nil, isTimeZone: (@Sendable (String) -> Bool)? = nil,
    certificateEnd: (@Sendable (String) -> Instant?)? = nil
  ) {
    self.schemes = schemes
    self.ownSchemes = ownSchemes
    self.templates = templates
    self.dataSources = dataSources
    self.now = now
    self.challenges = challenges
    self.isTimeZone = isTimeZone
    self.certificateEnd = certificateEnd
  }
}

/// Everything that can be wrong with documents that could be read: names that lead nowhere, graphs, URLs,
/// access, settings of later releases. All faults at once.
enum DocumentCheck {
  /// A fault before its place is known.
  struct Finding {
    let severity: DocumentFault.Severity
    let code: FaultCode
    /// The path of the part that it is about.
    let part: String
    let message: String
    let remedy: String?

    static func error(_ code: FaultCode, _ part: String, _ message: String, remedy: String? = nil) -> Finding {
      Finding(severity: .error, code: code, part: part, message: message, remedy: remedy)
    }

    static func warning(_ code: FaultCode, _ part: String, _ message: String, remedy: String? = nil) -> Finding {
      Finding(severity: .warning, code: code, part: part, message: message, remedy: remedy)
    }

    /// The same of a document that is taken all the same.
    var asWarning: Finding {
      Finding(severity: .warning, code: code, part: part, message: message, remedy: remedy)
    }

    func fault(in places: DocumentPlaces) -> DocumentFault {
      DocumentFault(
        place: places.place(of: part), severity: severity, code: code, message: message, remedy: remedy)
    }
  }

  static func check(_ documents: inout ReadDocuments, known: [IntegrationDocument]?, options: CheckOptions) {
    var faults: [DocumentFault] = []
    let methods = MethodDirectory(
      known: known ?? [], read: documents.integrations.map(\.document), isComplete: known != nil)
    for read in documents.integrations {
      IntegrationCheck.check(read.document) { faults.append($0.fault(in: read.places)) }
      WrittenTwiceCheck.check(read.document) { finding in
        // An imported document is taken: nothing of it is lost by that.
        faults.append((read.isImported ? finding.asWarning : finding).fault(in: read.places))
      }
      CertificateCheck.check(read.document, options: options) { faults.append($0.fault(in: read.places)) }
    }
    let schemes = SchemeDirectory(options, read: documents.schemes.map(\.document))
    for read in documents.schemes {
      SignatureCheck.check(read.document, builtIn: Set(SchemeCatalogue.builtIn.names)) {
        faults.append($0.fault(in: read.places))
      }
    }
    let sources = DataSourceDirectory(options.dataSources, read: documents.dataSources.map(\.document))
    for read in documents.dataSources {
      DataSourceCheck.check(read.document) { faults.append($0.fault(in: read.places)) }
    }
    let runbooks = Set(documents.runbooks.flatMap { [$0.document.id, $0.document.name] })
    let templates = options.templates.map { $0.union(documents.templates.map(\.document.id)) }
    for index in documents.runbooks.indices {
      let read = documents.runbooks[index]
      checkTemplate(of: read.document, among: templates) { faults.append($0.fault(in: read.places)) }
      FailureCheck.check(read.document, logins: options.logins) { faults.append($0.fault(in: read.places)) }
      checkSQL(of: &documents.runbooks[index], sources, &faults)
      WaitCheck.check(read.document, logins: options.logins) { faults.append($0.fault(in: read.places)) }
      DefaultCheck.check(read.document, sealing: documents.sealed) { faults.append($0.fault(in: read.places)) }
      StartStepCheck.check(read.document, read: runbooks, stored: options.runbooks) {
        faults.append($0.fault(in: read.places))
      }
      GraphCheck.check(read.document) { faults.append($0.fault(in: read.places)) }
      checkNames(of: &documents.runbooks[index], methods, &faults)
      StartCheck.check(read.document, schemes: schemes, now: options.now) { faults.append($0.fault(in: read.places)) }
      ChallengeCheck.check(read.document, profiles: options.challenges) { faults.append($0.fault(in: read.places)) }
      for (index, schedule) in read.document.schedules.enumerated() where options.isTimeZone?(schedule.zone) == false {
        let finding = Finding.error(
          .badValue, "start.schedule.\(index).zone", "there is no time zone \(ShownName.of(schedule.zone))",
          remedy: "zones are named as Europe/Berlin or UTC")
        faults.append(finding.fault(in: read.places))
      }
      let file = read.places.file
      var hasErrors = (documents.faults + faults).contains { $0.severity == .error && $0.place.file == file }
      if !hasErrors { hasErrors = checkEndpoint(of: read, schemes, options, &faults) }
      checkLater(&documents.runbooks[index], hasErrors: hasErrors, &faults)
    }
    checkDuplicates(documents.templates.map { ($0.document.id, "template", $0.places) }, "name", &faults)
    checkDuplicates(documents.dataSources.map { ($0.document.id, "data_source", $0.places) }, "name", &faults)
    let integrationIDs = documents.integrations.map { ($0.document.id, "integration", $0.places) }
    checkDuplicates(documents.schemes.map { ($0.document.id, "scheme", $0.places) }, "name", &faults)
    checkDuplicates(integrationIDs + documents.runbooks.map { ($0.document.id, "runbook", $0.places) }, "id", &faults)
    checkDuplicates(
      documents.runbooks.map { ($0.document.name, $0.places.knows("name") ? "name" : "runbook", $0.places) }, "name",
      &faults)
    documents.faults += faults
    // Where secrets go is asked of documents that are right otherwise.
    if !documents.faults.hasErrors { documents.faults += flows(in: documents, methods) }
  }

  /// An imported statement that its data source cannot take, or that has none yet, makes the runbook inactive.
  private static func checkSQL(
    of read: inout ReadDocument<RunbookDocument>, _ sources: DataSourceDirectory, _ faults: inout [DocumentFault]
  ) {
    let (places, isImported) = (read.places, read.isImported)
    var isWrong = false
    SQLCheck.check(read.document, sources: sources) { finding in
      guard isImported, finding.severity == .error else { return faults.append(finding.fault(in: places)) }
      isWrong = true
      let warning = Finding.warning(
        finding.code, finding.part, "\(finding.message): the runbook is imported inactive", remedy: finding.remedy)
      faults.append(warning.fault(in: places))
    }
    if isWrong { read.document.isActive = false }
  }

  /// What an imported runbook reads and nothing sets makes it inactive: a constant, or what a row would set that is kept.
  private static func checkNames(
    of read: inout ReadDocument<RunbookDocument>, _ methods: MethodDirectory, _ faults: inout [DocumentFault]
  ) {
    let (places, isImported) = (read.places, read.isImported)
    var reasons: [String] = []
    NameCheck.check(read.document, methods: methods) { finding in
      guard isImported, finding.severity == .error, finding.code == .unknownName else {
        return faults.append(finding.fault(in: places))
      }
      reasons.append(finding.message)
      let warning = Finding.warning(
        finding.code, finding.part, "\(finding.message): the runbook is imported inactive", remedy: finding.remedy)
      faults.append(warning.fault(in: places))
    }
    read.document.inactiveReasons += reasons
  }

  /// An endpoint that would refuse everything is an error; an imported document is taken, as nothing of it is lost by that.
  ///
  /// - Returns: whether there was an error.
  private static func checkEndpoint(
    of read: ReadDocument<RunbookDocument>, _ schemes: SchemeDirectory, _ options: CheckOptions,
    _ faults: inout [DocumentFault]
  ) -> Bool {
    var isWrong = false
    EndpointCheck.check(read.document, schemes: schemes, knowsProfiles: options.challenges != nil) { finding in
      let asError = !read.isImported
      if asError { isWrong = true }
      faults.append(
        Finding(
          severity: asError ? .error : .warning, code: finding.code, part: finding.part, message: finding.message,
          remedy: finding.remedy
        ).fault(in: read.places))
    }
    return isWrong
  }

  /// A warning only: the template may be imported later, and a run does not depend on it.
  private static func checkTemplate(
    of document: RunbookDocument, among templates: Set<String>?, report: (Finding) -> Void
  ) {
    guard let templates, let mail = document.onFailure.mail, !templates.contains(mail.template) else { return }
    let nearest = NearestName.of(mail.template, among: templates)
    report(
      .warning(
        .degraded, "on_failure.email.template",
        "there is no template \(ShownName.of(mail.template)): each mail that is to be sent before there is one fails for good "
          + "(no-template), and `chancery outbox retry ITEM` sends it afterwards",
        remedy: nearest.map { "did you mean `\($0)`?" } ?? "import one: template: NAME, subject: …, text: …"))
  }

  private static func flows(in documents: ReadDocuments, _ methods: MethodDirectory) -> [DocumentFault] {
    let places = Dictionary(
      documents.integrations.map { ($0.document.id, $0.places) }, uniquingKeysWith: { _, last in last })
    return documents.runbooks.flatMap { read in
      FlowCheckReport(read, integrations: places) { methods.integration($0) }.faults()
    }
  }

  /// A native document that asks for what this release does not do is wrong when it is active; an imported
  /// one becomes inactive.
  private static func checkLater(
    _ read: inout ReadDocument<RunbookDocument>, hasErrors: Bool, _ faults: inout [DocumentFault]
  ) {
    let document = read.document
    let asError = document.isActive && !read.isImported
    for feature in LaterFeatures.used(by: document) {
      faults.append(
        Finding(
          severity: asError ? .error : .warning, code: .later, part: feature.part, message: feature.clause,
          remedy: asError ? "or import it with active: false" : nil
        ).fault(in: read.places))
    }
    for feature in LaterFeatures.ignored(by: document) {
      faults.append(Finding.warning(.degraded, feature.part, feature.clause).fault(in: read.places))
    }
    guard document.isActive, !document.activationObstacles.isEmpty else { return }
    if read.isImported {
      read.document.isActive = false
      // It goes out as it came in, for as long as nothing else is in the way.
      read.document.vendor.entries.append(VendorRunbookImport.activeBefore)
    } else if !hasErrors, LaterFeatures.used(by: document).isEmpty, let first = document.activationObstacles.first {
      faults.append(
        Finding.error(.cannotBeActive, "active", "the runbook cannot be active: \(first)").fault(in: read.places))
    }
  }

  private static func checkDuplicates(
    _ names: [(name: String, part: String, places: DocumentPlaces)], _ what: String, _ faults: inout [DocumentFault]
  ) {
    var first: [String: SourcePlace] = [:]
    for (name, part, places) in names {
      let key = ["integration", "data_source"].contains(part) ? "\(part) \(name)" : name
      let place = places.place(of: part)
      guard let earlier = first[key] else {
        first[key] = place
        continue
      }
      faults.append(
        DocumentFault(
          place: place, severity: .error, code: .duplicateDocument,
          message: "the \(what) \(ShownName.of(name)) is taken already, at \(earlier.rendered)"))
    }
  }
}

/// The methods that steps can name: those of the files, then those of the store.
struct MethodDirectory {
  private let integrations: [String: IntegrationDocument]
  /// Whether a method that is not here is nowhere.
  let isComplete: Bool
  /// Every name that a step can use.
  let names: [String]

  init(known: [IntegrationDocument], read: [IntegrationDocument], isComplete: Bool) {
    integrations = Dictionary((known + read).map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
    self.isComplete = isComplete
    names = integrations.values.flatMap { integration in
      integration.methods.map { "\(integration.id)/\($0.name)" }
    }
  }

  func integration(_ id: String) -> IntegrationDocument? { integrations[id] }

  func method(_ reference: MethodReference) -> Method? {
    guard case .named(let integration, let method) = reference else { return nil }
    return integrations[integration]?.method(named: method)
  }

  func hasIntegration(_ reference: MethodReference) -> Bool {
    guard case .named(let integration, _) = reference else { return false }
    return integrations[integration] != nil
  }
}
