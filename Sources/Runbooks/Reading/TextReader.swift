import Encodings
import SourceText

/// Reads the texts of a document that have a syntax of their own, and reports what is wrong with them.
enum TextReader {
  static func template(_ node: SourceNode, what: String, _ context: inout ReadingContext) -> Template? {
    guard let text = node.text else {
      context.error(.wrongType, at: node.place, "\(what) must be text, not \(node.kindName)")
      return nil
    }
    do {
      return try Template(parsing: text)
    } catch {
      report(error, in: text, at: node.place, what: what, code: .badTemplate, &context)
      return nil
    }
  }

  static func json(_ node: SourceNode, what: String, _ context: inout ReadingContext) -> JSONTemplate? {
    guard let text = node.string else {
      context.error(
        .wrongType, at: node.place, "\(what) must be text, not \(node.kindName)",
        remedy: "put the JSON into quotes, or below | as a block")
      return nil
    }
    do {
      return try JSONTemplate(parsing: text)
    } catch {
      report(error, in: text, at: node.place, what: what, code: .badBody, &context)
      return nil
    }
  }

  static func xml(_ node: SourceNode, what: String, _ context: inout ReadingContext) -> Template? {
    guard let template = template(node, what: what, &context) else { return nil }
    guard let fault = XMLTemplatePositions.fault(in: template) else { return template }
    report(fault, in: template.source, at: node.place, what: what, code: .badBody, &context)
    return nil
  }

  static func expression(_ node: SourceNode, what: String, _ context: inout ReadingContext) -> VariableExpression? {
    guard let text = node.string else {
      context.error(.wrongType, at: node.place, "\(what) must be a path such as response^id!, not \(node.kindName)")
      return nil
    }
    do {
      return try VariableExpression(parsing: text)
    } catch {
      report(error, in: text, at: node.place, what: what, code: .badPath, &context)
      return nil
    }
  }

  static func reference(_ node: SourceNode, what: String, _ context: inout ReadingContext) -> SecretReference? {
    guard let reference = node.string.flatMap({ SecretReference($0) }) else {
      context.error(
        .badValue, at: node.place, "\(what) must name a field of the key/value store",
        remedy: "write it as kv/PATH#FIELD")
      return nil
    }
    return reference
  }

  /// A fault of a text with a syntax of its own. Where the text has several lines the message says which.
  private static func report(
    _ fault: TemplateFault, in text: String, at place: SourcePlace, what: String, code: FaultCode,
    _ context: inout ReadingContext
  ) {
    let position = TextPosition(offset: fault.offset, in: Array(text.utf8))
    let isWhole = position.line == 1 && position.column == 1
    let inside =
      position.line > 1
      ? ", at line \(position.line), column \(position.column) of it"
      : isWhole ? "" : ", at character \(position.column) of it"
    context.error(code, at: place, "\(what)\(inside): \(fault.message)", remedy: fault.remedy)
  }
}
