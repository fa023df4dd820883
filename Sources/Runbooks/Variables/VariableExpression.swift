/// What a variable is set from: one path, with its type; text around placeholders, a string; or fields, an object.
package enum VariableExpression: Equatable, Sendable {
  case path(VariablePath)
  case template(Template)
  /// Each field by its key, in order, with a path, a type, mappings and a default of its own.
  case object([VariableBinding])

  /// Reads both written forms: `response^id!` and `<<response^id!>>`; text around placeholders is a
  /// template.
  package init(parsing text: String) throws(TemplateFault) {
    guard Template.opens(in: text) else {
      do {
        self = .path(try VariablePath(parsing: text))
      } catch {
        throw TemplateFault(kind: .path(error), offset: 0)
      }
      return
    }
    let template = try Template(parsing: text)
    if template.segments.count == 1, case .placeholder(let only)? = template.segments.first {
      self = .path(only.path)
    } else {
      self = .template(template)
    }
  }

  /// The text that reads back to it; of an object, which is no text, its keys for a message.
  package var text: String {
    switch self {
    // A property's name may hold what opens a placeholder; bare, it would be read as a template.
    case .path(let path): Template.opens(in: path.text) ? "<<\(path.text)>>" : path.text
    case .template(let template): template.source
    case .object(let fields): "an object of " + fields.map(\.name).joined(separator: ", ")
    }
  }

  /// The paths that it reads, in order.
  package var paths: [VariablePath] {
    switch self {
    case .path(let path): [path]
    case .template(let template): template.placeholders.map(\.path)
    case .object(let fields): fields.flatMap(\.value.paths)
    }
  }
}
