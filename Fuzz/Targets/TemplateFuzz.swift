import Encodings
import Runbooks

extension FuzzTarget {
  static let variablePath = FuzzTarget(name: "variable-path") { (bytes) throws(FuzzFault) in
    let text = String(decoding: bytes, as: UTF8.self)
    guard let path = try? VariablePath(parsing: text) else { return }
    try hold(path.text.utf8.elementsEqual(text.utf8), "a path reads back as another text")
    try hold((try? VariablePath(parsing: path.text)) == path, "the text of a path is another path")
  }

  /// The same text as a template, as a literal, as an expression and as JSON with placeholders.
  static let template = FuzzTarget(name: "template") { (bytes) throws(FuzzFault) in
    let text = String(decoding: bytes, as: UTF8.self)
    let literal = Template(literal: text)
    guard let again = try? Template(parsing: literal.source) else { throw FuzzFault("an escaped text is no template") }
    try hold(
      again.literalText.map { $0.utf8.elementsEqual(text.utf8) } ?? false, "an escaped text reads back as another one")
    if let template = try? Template(parsing: text) {
      for placeholder in template.placeholders {
        let found = Array(text.utf8).dropFirst(placeholder.offset).prefix(placeholder.path.text.utf8.count + 4)
        try hold(
          found.elementsEqual("<<\(placeholder.path.text)>>".utf8), "a placeholder does not stand where it is said to")
      }
    }
    if let expression = try? VariableExpression(parsing: text) {
      try hold((try? VariableExpression(parsing: expression.text)) == expression, "an expression reads back otherwise")
    }
    if let json = try? JSONTemplate(parsing: text) {
      let few = try filled(json, value: "0", characters: "")
      let many = try filled(json, value: #"{"a":[null,"\u0000"]}"#, characters: #"\"],:{}[<>"#)
      let values = json.pieces.count { if case .value = $0 { true } else { false } }
      try hold(few + 3 * values == many, "what is filled in changes the structure of the body")
    }
  }

  /// The number of values in the body, when these are filled in.
  private static func filled(
    _ template: JSONTemplate, value: String, characters: String
  ) throws(FuzzFault) -> Int {
    var text: [UInt8] = []
    for (number, piece) in template.pieces.enumerated() {
      switch piece {
      case .text(let part): text += part.utf8
      case .value: text += value.utf8
      case .inString: text += JSONText.escapedContent(characters.utf8)
      case .key: JSONText.appendQuoted("\u{F000}\(number)\(characters)".utf8, to: &text)
      case .inKey: text += JSONText.escapedContent("\u{F000}\(number)\(characters)".utf8)
      }
    }
    guard
      let tape = try? JSONTape(text, limits: JSONLimits(maximumBytes: 1 << 24, maximumDepth: 80, maximumNodes: 1 << 20))
    else { throw FuzzFault("a filled body is no JSON") }
    return tape.nodeCount
  }
}
