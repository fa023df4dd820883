import ArgumentParser
import Cryptography
import Encodings
import NamedKeys
import Runbooks
import Runner
import SourceText
import Webhooks

/// `check FILE…`: every fault of documents, without a service.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Name every fault of documents, with file, line and column.",
    discussion: """
      Reads native documents (YAML or JSON) and the vendor's JSON, all files together, so that they may refer to one \
      another. No service is asked: a method that is in none of the files is a warning. Exit code 1 where there is an \
      error.

      Documents without errors are asked where their secrets go. A secret that would reach a URL, a host that it may not \
      be sent to, or a condition that asks more than it may, is a warning with the way that it takes, step by step; every \
      other way is a note, which --flow shows.
      """)

  @Argument(help: ArgumentHelp("Documents to read.", valueName: "file"), completion: .file())
  var files: [String]

  @Flag(help: "List what must be entered before the documents can run, with the commands.")
  var missing = false

  @Flag(help: "Show every way that a secret takes, also those that need no attention.")
  var flow = false

  @OptionGroup var json: JSONOption

  func run() async throws {
    let read = DocumentReader.read(
      try DocumentFiles.read(files), options: .service(now: ServiceClock.system.now()),
      freshID: { Hex.encode(RandomBytes.make(16)) })
    if json.isOn {
      Terminal.output.write(CheckReport.json(read) + [0x0A])
      if read.faults.hasErrors { throw ExitCode(CommandFailure.Outcome.notSo.rawValue) }
      return
    }
    for fault in read.faults where flow || fault.severity != .note { write(fault) }
    Terminal.output.line(summary(read))
    // What faulty documents need is not known.
    if read.faults.hasErrors { throw ExitCode(CommandFailure.Outcome.notSo.rawValue) }
    if missing { MissingValues(read).write() }
  }

  private func write(_ fault: DocumentFault) {
    Terminal.output.line(FaultLine.shown(fault.headline))
    for (index, step) in fault.trail.enumerated() {
      Terminal.output.line("  \(index + 1). \(FaultLine.shown(step.rendered))")
    }
  }

  private func summary(_ read: ReadDocuments) -> String {
    let errors = read.faults.count { $0.severity == .error }
    let warnings = read.faults.count { $0.severity == .warning }
    let notes = read.faults.count { $0.severity == .note }
    let documents = [
      Count.text(read.integrations.count, "integration"), Count.text(read.runbooks.count, "runbook"),
      read.schemes.isEmpty ? nil : Count.text(read.schemes.count, "scheme"),
      read.dataSources.isEmpty ? nil : Count.text(read.dataSources.count, "data source"),
      read.templates.isEmpty ? nil : Count.text(read.templates.count, "template"),
    ].compactMap { $0 }.joined(separator: ", ")
    let faults = [
      Count.text(errors, "error"), Count.text(warnings, "warning"),
    ].joined(separator: ", ")
    let flows =
      notes == 0 ? "" : "; \(Count.text(notes, "note")) on where secrets go\(flow ? "" : " (--flow shows them)")"
    return "\(Count.text(files.count, "file")): \(documents); \(faults)\(flows)"
  }
}

/// What was found, for machines: `faults` (notes too, each with its `trail`), `missing` (commands), `secrets` (fields of
/// the key/value store), `keys` (operations of named keys), `grants` (commands).
private enum CheckReport {
  static func json(_ read: ReadDocuments) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("faults")
    writer.beginArray()
    for fault in read.faults {
      writer.beginObject()
      place(fault.place, to: &writer)
      writer.key("severity")
      writer.string(fault.severity.rawValue)
      writer.key("code")
      writer.string(fault.code.rawValue)
      writer.key("message")
      writer.string(fault.message)
      writer.key("remedy")
      if let remedy = fault.remedy { writer.string(remedy) } else { writer.null() }
      trail(fault.trail, to: &writer)
      writer.endObject()
    }
    writer.endArray()
    // What faulty documents need is not known.
    let needs = read.faults.hasErrors ? nil : MissingValues(read)
    for (key, texts) in [
      ("missing", needs?.commands), ("secrets", needs?.references.map(\.text)),
      ("keys", needs?.keyUses.map(\.text)), ("grants", needs?.grants),
    ] {
      writer.key(key)
      writer.beginArray()
      for text in texts ?? [] { writer.string(text) }
      writer.endArray()
    }
    writer.endObject()
    return writer.finish()
  }

  private static func trail(_ steps: [DocumentFault.TrailStep], to writer: inout JSONWriter) {
    writer.key("trail")
    writer.beginArray()
    for step in steps {
      writer.beginObject()
      place(step.place, to: &writer)
      writer.key("text")
      writer.string(step.text)
      writer.endObject()
    }
    writer.endArray()
  }

  private static func place(_ place: SourcePlace, to writer: inout JSONWriter) {
    writer.key("file")
    writer.string(place.file)
    writer.key("line")
    writer.integer(Int64(place.line))
    writer.key("column")
    writer.integer(Int64(place.column))
  }
}

/// What documents need beside themselves.
private struct MissingValues {
  /// The commands that enter what is write-only, and those by which a person authorises an integration.
  let commands: [String]
  let references: [SecretReference]
  let keyUses: [KeyUse]
  /// The commands that grant what the runbooks use, for an import by somebody who may not grant.
  let grants: [String]

  init(_ read: ReadDocuments) {
    let integrations = read.integrations.map(\.document)
    let runbooks = read.runbooks.map(\.document)
    // A value that stands in clear in a file is sealed by the import.
    let given = Set(read.sealed.map(\.slot))
    let slots =
      integrations.flatMap { RequiredSecrets.of($0) }
      + runbooks.flatMap { RequiredSecrets.of($0, method: { Self.method($0, in: integrations) }) }
    // `set` asks which is meant where both have one name.
    let shared = Set(runbooks.flatMap { [$0.id, $0.name] }).intersection(integrations.flatMap { [$0.id, $0.name] })
    commands =
      slots.filter { !given.contains($0) }.map { $0.command(shared: shared) }
      + integrations.filter(\.needsPerson).map { "chancery authorize \($0.id)" }
    references = Set(integrations.flatMap(\.secretReferences) + runbooks.flatMap(\.secretReferences)).sorted()
    keyUses = Set(integrations.flatMap(\.keyUses) + runbooks.flatMap(\.keyUses)).sorted()
    grants = runbooks.flatMap { runbook in
      let signing = runbook.steps.flatMap { step -> [KeyUse] in
        guard case .method(let call) = step.kind else { return [] }
        return Self.keyUses(call.method, in: integrations)
      }
      let uses = Set(runbook.keyUses + signing).sorted()
      return uses.map { "chancery grant \(runbook.id) \($0)" }
    }
  }

  private static func method(_ reference: MethodReference, in integrations: [IntegrationDocument]) -> Method? {
    guard case .named(let id, let name) = reference else { return nil }
    return integrations.first { $0.id == id }?.method(named: name)
  }

  /// What named keys do for the requests of a method.
  private static func keyUses(_ reference: MethodReference, in integrations: [IntegrationDocument]) -> [KeyUse] {
    guard case .named(let id, let name) = reference, let integration = integrations.first(where: { $0.id == id }) else {
      return []
    }
    return integration.method(named: name)?.keyUses(under: integration) ?? []
  }

  func write() {
    let output = Terminal.output
    if commands.isEmpty, references.isEmpty, keyUses.isEmpty { output.line("nothing must be entered") }
    if !commands.isEmpty { output.line("to be entered:") }
    for command in commands { output.line("  \(SafeText.show(command))") }
    if !keyUses.isEmpty { output.line("done by named keys (`chancery key create NAME`):") }
    for use in keyUses { output.line("  \(SafeText.show(use.text))") }
    if !grants.isEmpty { output.line("to be granted, unless who imports may grant:") }
    for grant in grants { output.line("  \(SafeText.show(grant))") }
    if !references.isEmpty { output.line("read from the key/value store:") }
    let fields = Dictionary(grouping: references, by: \.path)
    for (path, references) in fields.sorted(by: { $0.key < $1.key }) {
      // Only one value can come from standard input; the others come from files.
      let values = references.enumerated().map { index, reference in
        reference.field + (index == 0 ? "=-" : "=@FILE")
      }
      output.line("  chancery kv put \(SafeText.show(path)) \(SafeText.show(values.joined(separator: " ")))")
    }
  }
}
