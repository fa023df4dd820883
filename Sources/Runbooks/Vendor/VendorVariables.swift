import Encodings
import Labels
import SourceText

/// Imports `input_variables`: inputs where they read the request, declared variables in any case.
enum VendorVariables {
  static func read(
    _ object: inout VendorObject, into document: inout RunbookDocument, _ context: inout ReadingContext
  ) {
    let (rows, blank) = VendorRows.split("input_variables", of: &object, &context)
    for row in rows { read(row, into: &document, &context) }
    document.vendor.entries += blank
  }

  private static func read(
    _ row: VendorObject, into document: inout RunbookDocument, _ context: inout ReadingContext
  ) {
    var row = row
    guard let name = row.text("key", &context) else {
      context.error(.missingKey, at: row.node.place, "\(row.what) has a value and no key")
      return
    }
    context.places.note("variables.\(name)", at: row.node.place)
    NameRules.checkVariable(name, at: row.place("key"), &context)
    guard document.variable(named: name) == nil else {
      context.error(.duplicateName, at: row.place("key"), "two input variables have the name \(ShownName.of(name))")
      return
    }
    var variable = VariableDeclaration(name: name, type: VendorRows.type(&row, &context))
    variable.encrypt = row.bool("encrypted", &context) ?? false
    variable.persist = row.bool("persist", &context) ?? false
    variable.valueMappings = VendorRows.valueMappings(&row, &context)
    let text = row.text("value", &context)
    row.use("key", "value")
    row.useFlag("encrypted")
    row.useFlag("persist")
    for key in ["addtoarray", "object_mapping"] where row.says(key) {
      context.warn(
        .vendorKeyKept, at: row.place(key),
        "`\(key)` of \(row.what) is kept and not honoured: it has a meaning where an output sets the variable")
    }
    if variable.encrypt { row.use("last_value") }
    row.warnAboutKept(
      quiet: VendorRows.quiet.union(["data_type", "addtoarray", "positiontoadd", "object_mapping"]), &context)
    variable.vendor = VendorRows.extras(row, isEncrypted: variable.encrypt, &context)
    switch expression(text) {
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
      let constant = text ?? (isEmptyText(row.node["value"], variable) ? "" : nil)
      variable.initialValue = initialValue(
        constant, variable, slot: .variable(runbook: document.id, name: name), at: row.place("value"), &context)
      warnAboutBareRoot(constant, variable, at: row.place("value"), &context)
      // There, whatever starts the runbook may set it.
      variable.isInput = !variable.encrypt && variable.initialValue != .none
    }
    document.variables.append(variable)
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
