import Encodings

/// JSON files, by our strict reader.
enum JSONSource {
  static func read(_ bytes: [UInt8], file: String) throws(SourceFault) -> SourceNode {
    do {
      let tape = try JSONTape(bytes, limits: SourceLimits.json)
      var reader = Reader(tape: tape, file: file)
      return reader.node(tape.root)
    } catch {
      throw fault(error, bytes, file: file)
    }
  }

  /// Walks the tape in the order of the text, so that all places together cost one pass.
  private struct Reader {
    let tape: JSONTape
    let file: String
    var position = TextPosition()

    init(tape: JSONTape, file: String) {
      self.tape = tape
      self.file = file
    }

    mutating func node(_ node: JSONTape.Node) -> SourceNode {
      let place = place(at: tape.range(node).lowerBound)
      return SourceNode(kind(node), place: place, sourceText: tape.text(node))
    }

    private mutating func kind(_ node: JSONTape.Node) -> SourceNode.Kind {
      switch tape.kind(node) {
      case .object:
        var members: [SourceNode.Member] = []
        members.reserveCapacity(tape.count(node))
        for child in tape.children(node) {
          let range = tape.keyRange(child) ?? tape.range(child)
          let key = SourceNode(
            .scalar(text: tape.key(child) ?? "", style: .quoted, jsonKind: .string),
            place: place(at: range.lowerBound), sourceText: tape.bytes[range])
          members.append((key, self.node(child)))
        }
        return .mapping(members)
      case .array:
        var elements: [SourceNode] = []
        elements.reserveCapacity(tape.count(node))
        for child in tape.children(node) { elements.append(self.node(child)) }
        return .sequence(elements)
      case .string: return .scalar(text: tape.string(node) ?? "", style: .quoted, jsonKind: .string)
      case .number: return .scalar(text: tape.numberText(node) ?? "", style: .plain, jsonKind: .number)
      case .true: return .scalar(text: "true", style: .plain, jsonKind: .true)
      case .false: return .scalar(text: "false", style: .plain, jsonKind: .false)
      case .null: return .scalar(text: "null", style: .plain, jsonKind: .null)
      }
    }

    private mutating func place(at offset: Int) -> SourcePlace {
      position.advance(to: offset, in: tape.bytes)
      return SourcePlace(file: file, line: position.line, column: position.column)
    }
  }

  private static func fault(_ fault: JSONFault, _ bytes: [UInt8], file: String) -> SourceFault {
    let position: TextPosition =
      switch fault {
      case .tooLarge, .tooManyNodes: TextPosition()
      case .unexpectedEnd: TextPosition(offset: bytes.count, in: bytes)
      default: TextPosition(offset: fault.offset ?? 0, in: bytes)
      }
    let code: SourceFault.Code =
      switch fault {
      case .tooLarge, .tooDeep, .tooManyNodes: .limit
      case .notUTF8: .notUTF8
      case .duplicateKey: .duplicateKey
      case .loneSurrogate, .controlCharacter, .byteOrderMark: .character
      case .unexpected, .unexpectedEnd, .trailingText, .badNumber, .badEscape: .syntax
      }
    let remedy: String? =
      switch fault {
      case .byteOrderMark: "save the file as UTF-8 without a byte order mark"
      case .notUTF8: "save the file as UTF-8"
      default: nil
      }
    let place = SourcePlace(file: file, line: position.line, column: position.column)
    return SourceFault(code, at: place, message: fault.summary, remedy: remedy)
  }
}
