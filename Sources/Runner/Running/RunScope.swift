import Encodings
import Labels
import RunEngine
import Runbooks
import Storage

/// What a step may name: the values that the trigger brought, the run's variables, and, while a method's
/// outputs are taken, the answer.
struct RunScope: Sendable {
  /// The answer whose outputs are being taken.
  struct Answer: Sendable {
    /// Where it came from outside.
    var status: Int?
    var headers: LabeledText?
    var body: LabeledText
    /// The bytes of a file.
    var content: LabeledText?
    /// Why the body cannot be used: it is not what the method's answers are, though it may be a text.
    var fault: ValueFault?
  }

  var values: ValueTable
  var roots: [String: ValueHandle]
  var variables: [String: ValueHandle]
  var lastFailure: StepFailure?
  var trigger: TriggerKind
  /// `halo_url`: the configured public URL; nil where none is configured.
  var publicURL: String?
  var answer: Answer?
  /// The element of the iteration that is open, which `response` names where no answer is being taken.
  var element: ValueHandle?
  /// What says where variables are taken from: for the reason why one has no value.
  var runbook: RunbookDocument?
  /// Values taken from the same answer before, which later rows of it may name.
  var taken: [String: LabeledText] = [:]

  /// The value that a path leads to, with its labels.
  ///
  /// A root without a value is `missing` with the fault `pathMissing`, whose text names the root and why; below a text that
  /// is no JSON there is nothing either, with the fault `textInPath`. JSON over a limit, and an answer that says that it is
  /// JSON and is none, are thrown.
  func find(_ path: VariablePath) throws(ValueFault) -> LabeledJSON.Found {
    guard let root = try rootValue(path) else {
      return .missing(
        label: .clear, fault: .pathMissing(path: absence(of: path), available: variables.keys.sorted()))
    }
    if path.path.steps.isEmpty { return .value(root) }
    if let content = answer?.content, path.rootKind == .response, path.path.steps == [.member("content")] {
      return .value(content)
    }
    let json: LabeledJSON
    do throws(ValueFault) {
      json = try values.read(root)
    } catch {
      guard error == .notJSON else { throw error }
      // That it is no JSON tells about all of it.
      return .missing(label: root.label, fault: .textInPath(path: path.text))
    }
    return try json.find(path.path, name: path.text)
  }

  /// As `find`, throwing where there is nothing.
  func value(_ path: VariablePath) throws(ValueFault) -> LabeledText {
    switch try find(path) {
    case .value(let value): return value
    case .missing(_, let fault): throw fault
    }
  }

  /// What a variable holds before it is set again; nil where it holds nothing.
  func present(_ name: String) throws(ValueFault) -> LabeledText? {
    if let value = taken[name] { return value }
    return try variables[name].map { handle throws(ValueFault) in try values.text(handle) }
  }

  /// The same roots and variables for templates that are sealed, which only `Labels` can read.
  func valueScope() throws(ValueFault) -> ValueScope {
    var scope = ValueScope()
    for (name, handle) in roots { scope.set(name, to: try values.text(handle)) }
    for (name, handle) in variables { scope.set(name, to: try values.text(handle)) }
    if let element { scope.set("response", to: try values.text(element)) }
    scope.set("halo_url", to: publicURL.map { LabeledText(clear: $0) })
    return scope
  }

  private func rootValue(_ path: VariablePath) throws(ValueFault) -> LabeledText? {
    switch path.rootKind {
    case .request, .requestHeaders, .requestQuery, .record:
      return try roots[path.root].map { handle throws(ValueFault) in try values.text(handle) }
    case .response:
      if let answer {
        if let fault = answer.fault { throw fault }
        // Bytes of a character set that is not read here would become other characters.
        guard answer.body.isUTF8 else { throw .notUTF8 }
        return answer.body
      }
      return try element.map { handle throws(ValueFault) in try values.text(handle) }
    case .responseHeaders: return answer?.headers
    case .status: return answer?.status.map { LabeledText(integer: Int64($0)) }
    case .failure:
      guard let lastFailure else {
        // Only a test of a method has one without a step that failed.
        return try roots[path.root].map { handle throws(ValueFault) in try values.text(handle) }
      }
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("reason")
      writer.string(lastFailure.reason.word)
      writer.key("step")
      writer.string(lastFailure.step)
      writer.endObject()
      return try LabeledText(json: writer.finish(), label: .clear)
    case .builtIn: return publicURL.map { LabeledText(clear: $0) }
    case .variable(let name):
      return try present(name)
    }
  }

  private func absence(of path: VariablePath) -> String {
    switch path.rootKind {
    case .request, .requestHeaders, .requestQuery, .record:
      "\(path.text) (not available from a start of kind \(trigger.rawValue))"
    case .response, .responseHeaders, .status: "\(path.text) (no answer here)"
    case .failure: "\(path.text) (no step has failed)"
    case .builtIn: "\(path.text) (the service has no --public-url)"
    case .variable(let name): path.text + (source(of: name).map { " (\(unfilled($0)))" } ?? "")
    }
  }

  /// Where a variable is taken from at the start; nil where nothing of the start sets it.
  private func source(of name: String) -> VariablePath? {
    let inputs = runbook?.start.publicStart?.inputs ?? []
    let expression = runbook?.variable(named: name)?.from ?? inputs.first { $0.name == name }?.value
    return expression?.paths.first
  }

  private func unfilled(_ source: VariablePath) -> String {
    var isOfStart = source.rootKind.isOfRequest
    if case .record = source.rootKind { isOfStart = true }
    guard isOfStart, roots[source.root] == nil else { return "nothing at \(source.text) when the run began" }
    return "taken from \(source.text), not available from a start of kind \(trigger.rawValue)"
  }
}
