/// What a variable is set from: one path, with its type, or text around placeholders, a string.
package enum VariableExpression: Equatable, Sendable {
  case path(VariablePath)
  case template(Template)

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

  /// The text that reads back to it.
  package var text: String {
    switch self {
    // A property's name may hold what opens a placeholder; bare, it would be read as a template.
    case .path(let path): Template.opens(in: path.text) ? "<<\(path.text)>>" : path.text
    case .template(let template): template.source
    }
  }

  /// The paths that it reads, in order.
  package var paths: [VariablePath] {
    switch self {
    case .path(let path): [path]
    case .template(let template): template.placeholders.map(\.path)
    }
  }
}
