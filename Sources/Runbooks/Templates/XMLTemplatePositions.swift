/// Checks that every placeholder of an XML body stands where escaped characters mean themselves: in text
/// or in a quoted attribute value. In a name, a comment, a processing instruction or a CDATA section
/// escaping would change the value or not protect the structure.
enum XMLTemplatePositions {
  private enum State {
    case text
    case tag
    case attribute(quote: UInt8)
    /// Up to this closing text.
    case opaque(until: [UInt8])
  }

  /// The first placeholder that stands elsewhere.
  static func fault(in template: Template) -> TemplateFault? {
    var state = State.text
    for segment in template.segments {
      switch segment {
      case .literal(let text):
        read([UInt8](text.utf8), &state)
      case .placeholder(let placeholder):
        switch state {
        case .text, .attribute: continue
        case .tag, .opaque: return TemplateFault(kind: .xmlPosition, offset: placeholder.offset)
        }
      }
    }
    return nil
  }

  private static let openings: [(opening: [UInt8], closing: [UInt8])] = [
    ([UInt8]("<!--".utf8), [UInt8]("-->".utf8)),
    ([UInt8]("<![CDATA[".utf8), [UInt8]("]]>".utf8)),
    ([UInt8]("<?".utf8), [UInt8]("?>".utf8)),
    ([UInt8]("<!".utf8), [UInt8](">".utf8)),
  ]

  private static func read(_ bytes: [UInt8], _ state: inout State) {
    var index = 0
    while index < bytes.count {
      let rest = bytes[index...]
      switch state {
      case .text:
        if let special = openings.first(where: { rest.starts(with: $0.opening) }) {
          state = .opaque(until: special.closing)
          index += special.opening.count
          continue
        }
        if bytes[index] == UInt8(ascii: "<") { state = .tag }
      case .tag:
        if bytes[index] == UInt8(ascii: ">") { state = .text }
        if bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") {
          state = .attribute(quote: bytes[index])
        }
      case .attribute(let quote):
        if bytes[index] == quote { state = .tag }
      case .opaque(let closing):
        if rest.starts(with: closing) {
          state = .text
          index += closing.count
          continue
        }
      }
      index += 1
    }
  }
}
