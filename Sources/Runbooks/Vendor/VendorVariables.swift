import Encodings
import Labels
import SourceText

/// Imports `input_variables`: inputs where they read the request, declared variables in any case.
enum VendorVariables {
  static func read(
    _ object: inout VendorObject, into document: inout RunbookDocument, _ context: inout ReadingContext
  ) {
    let (rows, blank) = VendorRows.split("input_variables", of: &object, &context) { node, what, context in
      guard let name = node["key"]?.text else { return false }
      return VendorRows.isReserved(name, node, what, &context)
    }
    var taken = Set(document.variables.map(\.name))
    for row in rows { read(row, into: &document, taken: &taken, &context) }
    document.vendor.entries += blank
  }

  private static func read(
    _ row: VendorObject, into document: inout RunbookDocument, taken: inout Set<String>,
    _ context: inout ReadingContext
  ) {
    var row = row
    guard let name = row.text("key", &context) else { return }
    context.places.note("variables.\(name)", at: row.node.place)
    NameRules.checkVariable(name, at: row.place("key"), &context)
    guard taken.insert(name).inserted else {
      context.error(.duplicateName, at: row.place("key"), "two input variables have the name \(ShownName.of(name))")
      return
    }
    var variable = VariableDeclaration(name: name, type: VendorRows.type(&row, &context))
    variable.encrypt = row.bool("encrypted", &context, unreadable: true) ?? false
    variable.persist = row.bool("persist", &context) ?? false
    variable.valueMappings = VendorRows.valueMappings(&row, &context)
    let text = row.text("value", &context)
    row.use("key", "value")
    row.useFlag("encrypted")
    row.useFlag("persist")
    for key in ["addtoarray", "object_mapping"] where row.isSet(key) {
      context.warn(
        .vendorKeyKept, at: row.place(key),
        "`\(key)` of \(row.what) is kept and not honoured: it has a meaning where an output sets the variable")
    }
    if variable.encrypt { row.use("last_value") }
    row.warnAboutKept(
      quiet: VendorRows.quiet.union(["data_type", "addtoarray", "positiontoadd", "object_mapping"]), &context)
    let source = expression(text)
    let given = text ?? (isEmptyText(row.node["value"], variable) ? "" : nil)
    let constant = source == nil ? settle(given, &variable, &row, &context) : nil
    variable.vendor = VendorRows.extras(
      row, isEncrypted: variable.encrypt, writing: constant == given ? nil : writing(of: given), &context)
    switch source {
    case .some(let expression) where expression.paths.contains(where: \.rootKind.isOfRequest):
      if case .public(var start) = document.start {
        start.inputs.append(VariableBinding(name: name, value: expression))
        document.start = .public(start)
        context.places.note("start.inputs.\(name)", at: row.node.place)
      } else {
        variable.from = expression
      }
    case .some(let expression): variable.from = expression
    case .none:
      variable.initialValue = initialValue(
        constant, variable, slot: .variable(runbook: document.id, name: name), at: row.place("value"), &context)
      warnAboutBareRoot(constant, variable, at: row.place("value"), &context)
      // There, whatever starts the runbook may set it.
      variable.isInput = !variable.encrypt && variable.initialValue != .none
    }
    document.variables.append(variable)
  }

  // MARK: Constants

  /// A constant as the variable's type has it. One that is none of the type is a text of no type, and the type is kept and
  /// named; a value that is to be sealed is entered again instead, since what is sealed is not seen any more.
  private static func settle(
    _ given: String?, _ variable: inout VariableDeclaration, _ row: inout VendorObject, _ context: inout ReadingContext
  ) -> String? {
    guard let given, let type = variable.type else { return given }
    if variable.encrypt, VendorObject.isBlankOrMasked(given) { return given }
    let constant = plain(given, variable)
    let shown = ShownName.of(variable.name)
    let place = row.place("value")
    let clause = "the value of \(shown) does not convert to its `data_type`, \(type.rawValue)"
    if variable.encrypt {
      guard (try? variable.checkEntered(Array(constant.utf8))) == nil else { return constant }
      context.warn(
        .badValue, at: place, "\(clause): it is not sealed; the file still holds it",
        remedy: "remove it from the file and enter another one")
      return nil
    }
    guard !converts(constant, variable) else { return constant }
    context.warn(
      .badValue, at: place, "\(clause), which is kept and not honoured: the variable has no type",
      remedy: "set `default` and `type` of the variable")
    variable.type = nil
    row.settle("data_type")
    return given
  }

  /// `True` as true, and `5.0` as 5 where a whole number is wanted, unless a mapping names the text as it is.
  private static func plain(_ text: String, _ variable: VariableDeclaration) -> String {
    guard !variable.valueMappings.contains(where: { $0.input == text }) else { return text }
    switch (variable.type, writing(of: text)) {
    case (.boolean, .capital): return text.lowercased()
    case (.integer, .fraction): return String(text.dropLast(2))
    default: return text
    }
  }

  /// How a constant is written that a type takes in another form only.
  private static func writing(of text: String?) -> VendorRows.Writing? {
    guard let text else { return nil }
    if text == "True" || text == "False" { return .capital }
    return text.hasSuffix(".0") && Int64(text.dropLast(2)) != nil ? .fraction : nil
  }

  private static func converts(_ constant: String, _ variable: VariableDeclaration) -> Bool {
    (try? variable.settled(default: json(constant, type: variable.type))) != nil
  }

  /// Whether an import leaves the variable without the type of this number, since what it begins with is none of it.
  static func setsAside(_ number: Int64?, _ variable: VariableDeclaration, input: VariableBinding?) -> Bool {
    guard variable.type == nil, !variable.encrypt, variable.from == nil, input == nil,
      let type = number.flatMap({ ValueType(vendorNumber: $0) }), case .json(let constant) = variable.initialValue
    else { return false }
    var typed = variable
    typed.type = type
    return !converts(plain(VendorRowsExport.constant(constant), typed), typed)
  }

  /// Whether a value that is nothing is a text all the same: of a variable that holds one.
  static func isEmptyText(_ value: SourceNode?, _ variable: VariableDeclaration) -> Bool {
    variable.type == .string && !variable.encrypt && value?.string == ""
  }

  private static func warnAboutBareRoot(
    _ constant: String?, _ variable: VariableDeclaration, at place: SourcePlace, _ context: inout ReadingContext
  ) {
    guard let constant, !variable.encrypt, RootKind(rootName: constant).isOfRequest else { return }
    context.warn(
      .readAs, at: place, "the value of \(ShownName.of(variable.name)) is read as the text `\(constant)`",
      remedy: "write <<\(constant)>> for what it names")
  }

  /// A text that reads a value of the run; `nil` for a constant.
  private static func expression(_ text: String?) -> VariableExpression? {
    guard let text, let expression = try? VariableExpression(parsing: text) else { return nil }
    if Template.opens(in: text) { return expression.paths.isEmpty ? nil : expression }
    // Bare words are constants, also those that are names of roots; only a way below a root is a path.
    guard let path = expression.paths.first, RootKind.isReserved(path.root), !path.path.steps.isEmpty else {
      return nil
    }
    return expression
  }

  private static func initialValue(
    _ text: String?, _ variable: VariableDeclaration, slot: SealedSlot, at place: SourcePlace,
    _ context: inout ReadingContext
  ) -> InitialValue {
    guard variable.encrypt else { return text.map { .json(json($0, type: variable.type)) } ?? .none }
    if let text, !VendorObject.isBlankOrMasked(text) {
      context.seal(text, as: slot, what: "the value of \(ShownName.of(variable.name))", at: place)
    }
    return .sealed
  }

  /// The constant as one JSON value: as it stands where the type says so and it is JSON, else a string.
  private static func json(_ text: String, type: ValueType?) -> String {
    switch type {
    case .object, .array, .integer, .decimal, .boolean:
      if let tape = try? JSONTape(Array(text.utf8)) {
        return String(decoding: tape.canonicalText(tape.root), as: UTF8.self)
      }
    case .string, .datetime, nil: break
    }
    return JSONText.quoted(text)
  }
}
