import SourceText

/// Imports the steps of a vendor runbook (`FlowDetail`) and their edges (`FlowSubDetail`).
struct VendorSteps {
  private struct Entry {
    let number: Int64
    let name: String
    var object: VendorObject
  }

  private var entries: [Entry] = []
  private var names: [Int64: String] = [:]
  /// What is no step that could be come to, by its place in the list: kept, and written back there.
  private(set) var kept: [VendorExtras.Entry] = []
  /// Why the runbook cannot run with what is kept of its steps, one clause each.
  private(set) var obstacles: [String] = []
  /// The name of the start step; `nil` in a draft or after a fault.
  private(set) var start: String?

  init(_ runbook: inout VendorObject, _ context: inout ReadingContext) {
    var starts: [Entry] = []
    var taken: Set<String> = []
    for (index, node) in runbook.elements("steps", &context).enumerated() {
      let what = "step \(index + 1)"
      guard node.mapping != nil, !VendorObject.isBlankRow(node), let object = VendorObject(node, what: what, &context),
        let number = object.integer("step_id", &context)
      else {
        keep(node, index: index, what: what, &context)
        continue
      }
      guard names[number] == nil else {
        context.error(.duplicateName, at: object.place("step_id"), "two steps have the `step_id` \(number)")
        continue
      }
      let slug = object.text("name", &context).flatMap(VendorName.slug) ?? "step-\(number)"
      let name = VendorName.unused(slug, number: number, taken: taken)
      taken.insert(name)
      names[number] = name
      context.places.note("steps.\(name)", at: node.place)
      let entry = Entry(number: number, name: name, object: object)
      entries.append(entry)
      if object.bool("isstart", &context) == true { starts.append(entry) }
    }
    checkStart(starts, at: runbook.place("steps"), &context)
    checkIterations(at: runbook.place("steps"), &context)
    runbook.useList("steps")
  }

  /// A blank line is kept without a word; what says something and has no number keeps the runbook from running.
  private mutating func keep(_ node: SourceNode, index: Int, what: String, _ context: inout ReadingContext) {
    kept.append(VendorObject.kept("steps[\(index)]", node, &context))
    guard !VendorObject.isBlankRow(node) else { return }
    let obstacle = "\(what) of the vendor's document has no usable `step_id`"
    obstacles.append(obstacle)
    context.warn(.unsupportedStep, at: node.place, "\(obstacle): it is kept, and the runbook is imported inactive")
  }

  mutating func read(_ context: inout ReadingContext) -> [Step] {
    let iterations = VendorIterations(entries.map { ($0.number, $0.object) }, start: startNumber, &context)
    return entries.compactMap { entry in step(entry, iterations, &context) }
  }

  private mutating func checkStart(_ starts: [Entry], at place: SourcePlace, _ context: inout ReadingContext) {
    guard let first = starts.first else {
      if !entries.isEmpty { context.error(.noStart, at: place, "no step has `isstart`") }
      return
    }
    start = first.name
    for other in starts.dropFirst() {
      context.error(
        .twoStarts, at: other.object.place("isstart"),
        "both \(ShownName.of(first.name)) and \(ShownName.of(other.name)) have `isstart`")
    }
  }

  private func checkIterations(at place: SourcePlace, _ context: inout ReadingContext) {
    func count(_ action: Int64) -> Int {
      entries.filter { $0.object.node["auto_action"]?.whole == action && $0.object.node["steptype"]?.whole == 2 }.count
    }
    let (begins, nexts) = (count(12), count(13))
    guard begins != nexts, obstacles.isEmpty else { return }
    context.error(
      .unmatchedIteration, at: place,
      "\(begins) steps begin an iteration and \(nexts) steps take its next element: they must match")
  }

  // MARK: One step

  /// Beside what is kept of a step: how many of its outputs, the last ones, are of the vendor's second table.
  static let mappedOutputs = "runbook_variable_mappings[of outputs]"

  /// Kept without a word: presentation, ids of rows, chat and e-mail, and what only says how a step would work.
  private static let quiet: Set<String> = [
    "id", "step_id", "fdid", "flow_id", "chatprofile_id", "name", "isstart", "isend", "islaststep", "steptype",
    "auto_action", "auto_action_type", "auto_action_type_guid", "actions", "note", "content", "allow_all_statuses",
    "allowed_statuses", "stage_number", "pipeline_stage_id", "pipeline_stage_name", "message2", "message3", "duration",
    "iteration_type", "iteration_batch_size", "use_batch_response", "input_field_id", "chat_image_type",
    "newticket_service_id",
  ]

  /// Keys that say something where a step is of this kind. What is not honoured there has a warning of its own.
  private static func ownKeys(of kind: StepKind) -> Set<String> {
    switch kind {
    case .method: ["encrypt_response_body"]
    case .sql: ["encrypt_response_body", "message"]
    case .iterate: ["message"]
    case .startRunbook: ["start_new_runbook_id"]
    case .condition: ["step_conditions", "use_criteria_groups", "criteria_groups"]
    case .next, .sleep, .key, .end, .unsupported: []
    }
  }

  private var startNumber: Int64? { entries.first { $0.name == start }?.number }

  private func step(_ entry: Entry, _ iterations: VendorIterations, _ context: inout ReadingContext) -> Step? {
    var object = entry.object
    let part = "steps.\(entry.name)"
    context.places.note("\(part).method", at: object.place("auto_action_type_guid"))
    var kind = kind(&object, of: entry, iterations, part: part, &context)
    var outputs: (rows: [VendorObject], blank: [VendorExtras.Entry]) = ([], [])
    var mappings = outputs
    // A step without outputs in the native form keeps its rows as they are.
    switch kind {
    case .method, .sql, .iterate:
      var set = VendorRows.Names()
      outputs = VendorRows.outputs("output_variables", of: &object, &set, &context)
      mappings = VendorRows.outputs("runbook_variable_mappings", of: &object, &set, &context)
      let bindings = VendorRows.bindings(outputs.rows + mappings.rows, part: "\(part).outputs", &context)
      if case .method(var call) = kind {
        call.outputs = bindings
        call.encryptResponse = VendorRows.hasEncrypted(outputs.rows + mappings.rows, &context) || call.encryptResponse
        kind = .method(call)
      } else if case .sql(var sql) = kind {
        sql.outputs = bindings
        sql.encryptResponse = VendorRows.hasEncrypted(outputs.rows + mappings.rows, &context) || sql.encryptResponse
        kind = .sql(sql)
      } else if case .iterate(var iteration) = kind {
        warnAboutEncrypted(outputs.rows + mappings.rows, &context)
        iteration.outputs = bindings
        kind = .iterate(iteration)
      }
    case .startRunbook(var start):
      var set = VendorRows.Names()
      mappings = VendorRows.outputs("runbook_variable_mappings", of: &object, &set, &context)
      warnAboutEncrypted(mappings.rows, &context)
      start.variables = VendorRows.bindings(
        mappings.rows, part: "\(part).variables", isHandedOver: true, &context)
      kind = .startRunbook(start)
    case .condition, .next, .sleep, .key, .end, .unsupported: break
    }
    var step = Step(name: entry.name, title: object.text("name", &context), kind: kind)
    VendorEdges(entry.number, step: entry.name, names: names).read(object, into: &step, &context)
    if case .unsupported(let what) = kind {
      context.warn(
        .unsupportedStep, at: object.node.place,
        "step \(ShownName.of(entry.name)) cannot run in this release (\(what)): the runbook is imported inactive")
    } else {
      let tables = ["output_variables", "runbook_variable_mappings"].filter { object.hasOnlyBlankRows($0) }
      object.warnAboutKept(quiet: Self.quiet.union(Self.ownKeys(of: kind)).union(tables), &context)
      warnAboutEnd(object, kind, &context)
    }
    var mapped: [VendorExtras.Entry] = []
    switch kind {
    case .method, .sql, .iterate:
      if !mappings.rows.isEmpty {
        mapped = [VendorExtras.Entry(key: Self.mappedOutputs, json: String(mappings.rows.count))]
      }
    case .condition, .next, .sleep, .startRunbook, .key, .end, .unsupported: break
    }
    step.vendor = VendorExtras(object.extras(&context).entries + outputs.blank + mappings.blank + mapped)
    return step
  }

  private static let actions: [Int64: String] = [
    8: "an API action", 25: "an AI ability", 26: "an AI agent",
  ]

  /// The beginning of an iteration: `message` is the array.
  private func iteration(_ object: inout VendorObject, _ context: inout ReadingContext) -> StepKind {
    if object.isNoNumber("iteration_type") {
      return .unsupported("an iteration whose `iteration_type` is no whole number")
    }
    if let type = object.integer("iteration_type", &context), type != 0 {
      return .unsupported("an iteration with `iteration_type` \(type), which is not known")
    }
    guard let text = object.text("message", &context),
      case .path(let items)? = try? VariableExpression(parsing: text)
    else {
      return .unsupported("an iteration over something else than one variable")
    }
    let size = object.integer("iteration_batch_size", &context) ?? 0
    let isBatch = object.bool("use_batch_response", &context) == true && size > 1
    if size > 1, !isBatch {
      context.warn(
        .vendorKeyKept, at: object.place("iteration_batch_size"),
        "`iteration_batch_size` of \(object.what) is kept and not honoured without `use_batch_response`: its elements "
          + "come one by one")
    } else if size > Int64(IterationStep.largestBatch) {
      context.warn(
        .badValue, at: object.place("iteration_batch_size"),
        "`iteration_batch_size` of \(object.what) is more than \(IterationStep.largestBatch), and is read as that")
    }
    return .iterate(
      IterationStep(items: items, batch: isBatch ? Int(min(size, Int64(IterationStep.largestBatch))) : nil))
  }

  /// Whether the beginning with this number is one that runs.
  private func isIteration(_ number: Int64) -> Bool {
    guard var object = entries.first(where: { $0.number == number })?.object else { return false }
    var context = ReadingContext(file: "")
    if case .iterate = iteration(&object, &context) { return true }
    return false
  }

  private func call(_ object: inout VendorObject, _ context: inout ReadingContext) -> StepKind {
    let encrypts = object.bool("encrypt_response_body", &context, unreadable: true) == true
    if let guid = object.text("auto_action_type_guid", &context) {
      object.use("auto_action_type_guid")
      return .method(MethodCallStep(method: .unresolved(guid: guid), encryptResponse: encrypts))
    }
    guard let id = object.integer("auto_action_type", &context) else {
      return .unsupported("a method step that names no method")
    }
    return .method(MethodCallStep(method: .unresolved(guid: "id:\(id)"), encryptResponse: encrypts))
  }

  private func warnAboutEnd(_ object: VendorObject, _ kind: StepKind, _ context: inout ReadingContext) {
    let isEnd = if case .end = kind { true } else { false }
    guard let says = object.bool("isend", &context), says != isEnd else { return }
    context.warn(
      .readAs, at: object.place("isend"),
      "`isend` of \(object.what) says otherwise than `steptype`, which counts: it is \(isEnd ? "an" : "no") end")
  }

  /// Where a step has no answer of its own, a variable is as secret as what it is made of.
  private func warnAboutEncrypted(_ rows: [VendorObject], _ context: inout ReadingContext) {
    for row in rows where row.bool("encrypted", &context, unreadable: true) == true {
      context.warn(
        .widensAccess, at: row.place("encrypted"),
        "`encrypted` of \(row.what) is kept and not honoured: the variable is sealed where its value was",
        remedy: "declare the variable with encrypt: true")
    }
  }

  private func sleep(_ object: inout VendorObject, _ context: inout ReadingContext) -> StepKind {
    guard let seconds = object.integer("duration", &context), (1...2_592_000).contains(seconds) else {
      return .unsupported("a sleep whose `duration` is not a number of seconds up to thirty days")
    }
    context.warn(.readAs, at: object.place("duration"), "`duration` of \(object.what) is read as \(seconds) seconds")
    return .sleep(.seconds(seconds))
  }

  private func kind(
    _ object: inout VendorObject, of entry: Entry, _ iterations: VendorIterations, part: String,
    _ context: inout ReadingContext
  ) -> StepKind {
    let action = object.integer("auto_action", &context)
    switch object.integer("steptype", &context) {
    case 1: return VendorConditions.read(object, part: part, &context)
    case 2:
      guard let action else { return .unsupported("an action step without `auto_action`") }
      switch action {
      case 6: break
      case 12: return iteration(&object, &context)
      case 13:
        guard let begin = iterations.begin[entry.number], let name = names[begin] else {
          return .unsupported("the next element of no iteration that leads here")
        }
        // Where its beginning cannot run, there is nothing to take the next element of.
        guard isIteration(begin) else {
          return .unsupported("the next element of the iteration \(ShownName.of(name)), which cannot run")
        }
        return .next(of: name)
      case 18: return VendorSQL.read(&object, step: entry.name, part: part, &context)
      case 21: return sleep(&object, &context)
      case 24:
        guard let id = object.text("start_new_runbook_id", &context) else {
          return .unsupported("a start of another runbook that names none")
        }
        return .startRunbook(StartRunbookStep(runbook: id))
      default:
        return .unsupported(Self.actions[action] ?? "`auto_action` \(action), which is not known")
      }
      return call(&object, &context)
    case 3:
      // Without one it would be a success.
      if object.isNoNumber("auto_action") { return .unsupported("an end whose `auto_action` is no whole number") }
      switch action ?? 0 {
      case 0: return .end(.success)
      case 1: return .end(.failure)
      case 2: return .end(.failureRetryFromStart)
      case let other: return .unsupported("an end with `auto_action` \(other), which is not known")
      }
    case let type?: return .unsupported("`steptype` \(type), which is not known")
    case nil: return .unsupported("a step without `steptype`")
    }
  }
}
