import Labels
import Runbooks

/// Takes variables from a scope: inputs of a start, outputs of an answer. Mappings first, then the type,
/// then the label of an encrypted variable.
enum VariableTaking {
  /// The values by name, in the order of the bindings; a later one may name an earlier one. Throws `tooLarge` before they
  /// are more, together with what the run holds, than a run may hold.
  ///
  /// - Parameter file: what was kept of a recorded file, where the bytes are not.
  static func take(
    _ bindings: [VariableBinding], declared: [VariableDeclaration], hosts: HostClearance, file: RecordedFile? = nil,
    in scope: RunScope
  ) throws(ValueFault) -> [(name: String, value: LabeledText)] {
    var scope = scope
    var room = ValueRoom(of: scope.values, beside: scope.taken.values)
    var result: [(name: String, value: LabeledText)] = []
    for binding in bindings {
      let value: LabeledText
      if let file, binding.readsContent, scope.answer?.content == nil {
        value = try kept(binding, declared: declared, file: file)
      } else {
        value =
          binding.appends
          ? try appended(binding, declared: declared, hosts: hosts, in: scope)
          : try settled(
            mapped(try made(binding, in: scope), by: binding.valueMappings), name: binding.name,
            from: binding.value, type: binding.type, of: declared, hosts: hosts)
      }
      try room.take(value)
      scope.taken[binding.name] = value
      result.append((binding.name, value))
    }
    return result
  }

  /// What an output of a recorded file set, for the same output.
  private static func kept(
    _ binding: VariableBinding, declared: [VariableDeclaration], file: RecordedFile
  ) throws(ValueFault) -> LabeledText {
    guard let value = file.value(of: binding, declared: declared.first { $0.name == binding.name }) else {
      throw .pathMissing(
        path: "response^content (no log keeps a file, and no variable has its bytes as they came)", available: nil)
    }
    return value
  }

  /// A value as the variable of this name takes it: mapped, converted, labelled as it is declared.
  ///
  /// - Parameter source: what it was read from, for a fault; nil for what was handed over.
  static func settled(
    _ value: LabeledText, name: String, from source: VariableExpression? = nil, type: ValueType? = nil,
    of declared: [VariableDeclaration], hosts: HostClearance
  ) throws(ValueFault) -> LabeledText {
    guard let declaration = declared.first(where: { $0.name == name }) else {
      guard let type else { return value }
      return try converted(value, to: type, name: name, from: source)
    }
    do throws(ValueFault) {
      return labeled(try declaration.settled(value, as: type), for: declaration, hosts: hosts)
    } catch {
      throw named(error, of: value, name: name, from: source)
    }
  }

  private static func converted(
    _ value: LabeledText, to type: ValueType, name: String, from source: VariableExpression?
  ) throws(ValueFault) -> LabeledText {
    do throws(ValueFault) {
      return try Transforms.converted(value, to: type)
    } catch {
      throw named(error, of: value, name: name, from: source)
    }
  }

  /// A fault of a value that does not convert, with what the value is called and where it was taken from. A text that is
  /// too much to be read as an object or array is that, and not of another type.
  private static func named(
    _ fault: ValueFault, of value: LabeledText, name: String, from source: VariableExpression?
  ) -> ValueFault {
    guard case .notConvertible(let type) = fault else { return fault }
    if type == .array || type == .object, let limit = Transforms.excess(of: Transforms.stringForm(value)) {
      return .variableTooLarge(name: name, limit: limit)
    }
    let paths = (source?.paths ?? []).map(\.text).joined(separator: ", ")
    let isShown = !paths.isEmpty && paths.utf8.count <= longestSource
    return .variableNotConvertible(name: name, source: isShown ? paths : nil, to: type)
  }

  private static let longestSource = 240

  /// What the variable holds, or an empty array where it holds nothing, with the value behind it. Types and mappings
  /// are those of the element; the label of an encrypted variable covers all of it.
  private static func appended(
    _ binding: VariableBinding, declared: [VariableDeclaration], hosts: HostClearance, in scope: RunScope
  ) throws(ValueFault) -> LabeledText {
    let declaration = declared.first { $0.name == binding.name }
    var element = mapped(try evaluate(binding, in: scope), by: binding.valueMappings)
    if let declaration { element = mapped(element, by: declaration.valueMappings) }
    if let type = binding.type {
      element = try converted(element, to: type, name: binding.name, from: binding.value)
    }
    let present = try scope.present(binding.name)
    let array: LabeledText
    do throws(ValueFault) {
      array = try Transforms.appended(element, to: present)
    } catch {
      // Both are about what the variable holds: the element becomes JSON, whatever it is.
      switch error {
      case .notJSON, .notConvertible: throw .notAnArray(name: binding.name)
      // What an earlier release let grow.
      case .tooMuchJSON:
        throw .variableTooLarge(name: binding.name, limit: present.flatMap { Transforms.excess(of: $0) } ?? "size")
      default: throw error
      }
    }
    if let limit = Transforms.excess(of: array, with: element) {
      throw .variableTooLarge(name: binding.name, limit: limit)
    }
    return declaration.map { labeled(array, for: $0, hosts: hosts) } ?? array
  }

  /// Refuses a value that a later step could not read again.
  private static func checkReadable(_ value: LabeledText, name: String) throws(ValueFault) {
    if let limit = Transforms.excess(of: value) { throw .variableTooLarge(name: name, limit: limit) }
  }

  /// What a binding reads, where what it makes of it can be read again.
  private static func made(_ binding: VariableBinding, in scope: RunScope) throws(ValueFault) -> LabeledText {
    let value = try evaluate(binding, in: scope)
    if case .object = binding.value { try checkReadable(value, name: binding.name) }
    return value
  }

  /// What a binding reads; where its path leads nowhere, its default.
  private static func evaluate(_ binding: VariableBinding, in scope: RunScope) throws(ValueFault) -> LabeledText {
    guard let standard = binding.defaultValue, case .path(let path) = binding.value else {
      return try evaluate(binding.value, in: scope)
    }
    switch try scope.find(path) {
    case .value(let value): return value
    // That nothing is there tells about what was looked at.
    case .missing(let label, _): return try LabeledText(json: Array(standard.utf8), label: label.ofChoice)
    }
  }

  /// One path keeps its type; text around placeholders is a string; fields are one object.
  static func evaluate(_ expression: VariableExpression, in scope: RunScope) throws(ValueFault) -> LabeledText {
    switch expression {
    case .path(let path): try scope.value(path)
    case .template(let template): try TemplateFilling.text(template, in: scope).text
    case .object(let fields): try object(fields, in: scope)
    }
  }

  private static func object(_ fields: [VariableBinding], in scope: RunScope) throws(ValueFault) -> LabeledText {
    var members: [(name: String, value: LabeledText)] = []
    var room = ValueRoom(limit: scope.values.maximumBytes)
    for field in fields {
      var value = mapped(try evaluate(field, in: scope), by: field.valueMappings)
      if let type = field.type { value = try converted(value, to: type, name: field.name, from: field.value) }
      try room.take(value)
      members.append((field.name, value))
    }
    return try Transforms.object(members, maximumBytes: scope.values.maximumBytes)
  }

  /// R22: the value of an encrypted variable carries the variable as an origin that removes requests.
  static func labeled(
    _ value: LabeledText, for declaration: VariableDeclaration, hosts: HostClearance
  ) -> LabeledText {
    guard declaration.encrypt else { return value }
    return value.labeled(
      also: Label(origin: .variable(name: declaration.name), rule: .removesRequest, hosts: hosts))
  }

  private static func mapped(_ value: LabeledText, by mappings: [ValueMapping]) -> LabeledText {
    mappings.isEmpty ? value : Transforms.mapped(value, by: mappings.map { ($0.input, $0.output) })
  }
}
