import Encodings
import SourceText

/// Documents in the vendor's form, with what it cannot say.
package enum VendorExport {
  /// One document in the vendor's form.
  package struct Result: Sendable {
    /// One JSON text without white space.
    package let json: [UInt8]
    /// The keys of the native document that the vendor's form does not say, with their places: `steps.open.approval`.
    package let lost: [String]
  }

  /// A runbook as the vendor's export has it (a `Webhook` of type 1), without a value that is sealed.
  ///
  /// - Parameter integrations: those that its steps call; methods of others are left unnamed.
  package static func runbook(_ document: RunbookDocument, integrations: [IntegrationDocument]) -> Result {
    let json = self.json(document, integrations: integrations)
    let files = integrations.map { VendorIntegrationExport.json($0) } + [json]
    let read = DocumentReader.read(
      files.map { DocumentFile(name: "exported", bytes: $0.finish()) }, freshID: { document.id })
    let again = read.runbooks.first?.document
    return Result(json: json.finish(), lost: lost(document.canonicalJSON, again?.canonicalJSON))
  }

  /// An integration as the vendor's export has it (an `OutboundIntegration`), without a value that is sealed.
  package static func integration(_ document: IntegrationDocument) -> Result {
    let json = VendorIntegrationExport.json(document)
    var context = ReadingContext(file: "exported")
    let again = json.node.flatMap { VendorIntegrationImport.read($0, &context) }
    return Result(json: json.finish(), lost: lost(document.canonicalJSON, again?.canonicalJSON))
  }

  private static func json(_ document: RunbookDocument, integrations: [IntegrationDocument]) -> VendorJSON {
    var json = VendorJSON(document.vendor)
    // Nothing, and what is no number, is read as a runbook too.
    if !json.has("type") { json.set("type", 1) }
    json.set("id", document.id)
    json.set("name", document.name)
    let isActive = VendorRunbookImport.isActive(document)
    if isActive || !json.flag("disabled", unreadable: true) {
      json.fill("active", isActive, unset: true)
      if json.value("active")?.bool != nil {
        json.set("active", json: VendorRunbookImport.active(isActive, of: document))
      }
      if json.has("disabled") { json.fill("disabled", false, unreadable: true) }
    }
    if !document.notes.isEmpty { json.set("note", document.notes) }
    json.set("group_name", document.group)
    start(document, to: &json)
    execution(document, to: &json)
    var inputs: [String: VariableBinding] = [:]
    for input in document.start.publicStart?.inputs ?? [] { inputs[input.name] = input }
    let declared = Set(document.variables.map(\.name))
    let undeclared = (document.start.publicStart?.inputs ?? []).filter { !declared.contains($0.name) }
    json.setRows(
      "input_variables",
      document.variables.map { VendorRowsExport.variable($0, input: inputs[$0.name]) }
        + undeclared.map(VendorRowsExport.input),
      blanks: document.vendor)
    let known = Dictionary(integrations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let steps = VendorStepsExport(document, integrations: known).steps()
    json.setRows("steps", steps, blanks: document.vendor)
    if !json.has("steps") { json.set("steps", json: "[]") }
    return json
  }

  private static func start(_ document: RunbookDocument, to json: inout VendorJSON) {
    guard let start = document.start.publicStart else {
      // Any other number starts from inside, as nothing does.
      if !json.has("runbook_start_type") { json.set("runbook_start_type", 0) }
      json.fill("runbook_start_type", nil, in: 1...1)
      return
    }
    json.keep("runbook_start_type", 1)
    json.fill("encrypt_request", start.encryptRequest, unreadable: true)
    let header = "timestamp_verification_header"
    // One that an import cannot use stays as it came, until there is another.
    let isKept = json.text(under: header).map { !VendorRunbookImport.isReceivable($0) } ?? false
    if start.timestampHeader != nil || !isKept { json.fill(header, start.timestampHeader) }
    let type = "inbound_authentication_type"
    if start.authentication == .none {
      json.keep(type, 0)
    } else if json.value(type)?.whole == 0 {
      // The vendor's numbers of the others are not known. Without one an import leaves the endpoint shut.
      json.remove(type)
    }
  }

  private static func execution(_ document: RunbookDocument, to json: inout VendorJSON) {
    if document.mode == .parallel {
      // A number that is not known stays for as long as it keeps the runbook from running.
      let mode = json.value("multiple_execution_mode")
      let reason = VendorRunbookImport.unknownMode(mode?.whole)
      let isHeldUp = mode?.isNone == false && document.inactiveReasons.contains(reason)
      if !isHeldUp { json.keep("multiple_execution_mode", 0, unset: 0) }
    }
    json.fill(
      "infinite_loop_threshold", document.limits.maximumVisits.map(Int64.init), in: VendorRunbookImport.visits)
    json.fill(
      "log_retention_policy_days", Int64(document.retentionDays), in: VendorRunbookImport.retentionDays,
      unset: Int64(RunbookDocument.defaultRetentionDays))
    VendorFailure.write(document.onFailure, to: &json)
  }

  /// Places of what the first text says and the second does not say alike. What is kept of the vendor's beside the native
  /// keys is none of it.
  private static func lost(_ native: [UInt8], _ again: [UInt8]?) -> [String] {
    guard let again, let old = try? JSONTape(native), let new = try? JSONTape(again) else { return ["all of it"] }
    var result: [String] = []
    compare(old, old.root, new, new.root, at: [], &result)
    return result
  }

  private static func compare(
    _ old: JSONTape, _ left: JSONTape.Node, _ new: JSONTape, _ right: JSONTape.Node, at path: [String],
    _ result: inout [String]
  ) {
    if let (lefts, rights) = rows(old, left, new, right) {
      for (one, other) in zip(lefts, rights) { compare(old, one, new, other, at: path, &result) }
      return
    }
    guard old.kind(left) == .object, new.kind(right) == .object else {
      if !old.text(left).elementsEqual(new.text(right)) { result.append(path.joined(separator: ".")) }
      return
    }
    for child in old.children(left) {
      let key = old.key(child) ?? ""
      guard key != "vendor" else { continue }
      if let other = new.member(right, key) {
        compare(old, child, new, other, at: path + [key], &result)
      } else {
        result.append((path + [key]).joined(separator: "."))
      }
    }
    for child in new.children(right) {
      let key = new.key(child) ?? ""
      guard key != "vendor", old.member(left, key) == nil else { continue }
      result.append((path + [key]).joined(separator: "."))
    }
  }

  /// As many rows on both sides, where one may stand alone; nil where it is something else.
  private static func rows(
    _ old: JSONTape, _ left: JSONTape.Node, _ new: JSONTape, _ right: JSONTape.Node
  ) -> ([JSONTape.Node], [JSONTape.Node])? {
    let isList = (old.kind(left) == .array, new.kind(right) == .array)
    guard isList.0 || isList.1 else { return nil }
    let lefts = isList.0 ? Array(old.children(left)) : [left]
    let rights = isList.1 ? Array(new.children(right)) : [right]
    let haveRows = lefts.allSatisfy { old.kind($0) == .object } && rights.allSatisfy { new.kind($0) == .object }
    return haveRows && lefts.count == rights.count ? (lefts, rights) : nil
  }
}
