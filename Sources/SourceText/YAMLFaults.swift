import Encodings
import Yams

/// What Yams complains about, in our words and with our places.
enum YAMLFaults {
  static func alias(at place: SourcePlace) -> SourceFault {
    SourceFault(.alias, at: place, message: "anchors and aliases are not allowed", remedy: "write the value out")
  }

  static func duplicateKey(_ key: String, at place: SourcePlace) -> SourceFault {
    SourceFault(.duplicateKey, at: place, message: "the mapping already has the key \(SourceFault.shown(key))")
  }

  static func fault(_ error: any Error, _ bytes: [UInt8], file: String) -> SourceFault {
    let start = SourcePlace(file: file, line: 1, column: 1)
    guard let error = error as? YamlError else {
      return SourceFault(.syntax, at: start, message: "this is not YAML")
    }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return fault(problem, at: SourcePlace(file: file, line: mark.line, column: mark.column), bytes)
    case .duplicatedKeysInMapping(let duplicates, let context):
      let first = SourcePlace(file: file, line: context.mark.line, column: context.mark.column)
      return duplicate(duplicates.first ?? "", first: first, bytes)
    case .reader: return SourceFault(.character, at: start, message: "the text has a character that YAML forbids")
    case .memory: return SourceFault(.limit, at: start, message: "there is not enough memory to read this file")
    case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
      return SourceFault(.syntax, at: start, message: "this is not YAML")
    }
  }

  /// `problem` is one of libyaml's fixed texts; it holds nothing of the document.
  private static func fault(_ problem: String, at place: SourcePlace, _ bytes: [UInt8]) -> SourceFault {
    if problem == "found undefined alias" { return alias(at: place) }
    if problem.hasPrefix("Maximum nesting level") {
      return SourceFault(.limit, at: place, message: "mappings and lists are nested too deeply")
    }
    if problem.contains("tag handle") {
      return SourceFault(.tag, at: place, message: "tags are not allowed", remedy: "quote the value when it is text")
    }
    if let tab = tab(before: place, bytes) {
      return SourceFault(.tab, at: tab, message: "a tab cannot indent YAML", remedy: "use spaces")
    }
    return SourceFault(.syntax, at: place, message: "this is not YAML: \(problem)")
  }

  /// The first tab that indents the line of `place`, which is the usual cause of a complaint there.
  private static func tab(before place: SourcePlace, _ bytes: [UInt8]) -> SourcePlace? {
    var places = YAMLPlaces(bytes)
    for column in 1...max(1, place.column) {
      switch places.byte(line: place.line, column: column) {
      case 0x20: continue
      case 0x09: return SourcePlace(file: place.file, line: place.line, column: column)
      default: return nil
      }
    }
    return nil
  }

  /// Yams names the first of two equal keys. The second is the one to correct: in a block mapping it stands at the same
  /// column further down. Where it is not found so, the first place is given, and the message says that.
  private static func duplicate(_ key: String, first: SourcePlace, _ bytes: [UInt8]) -> SourceFault {
    let name = Array(key.utf8)
    let spellings = [name, [0x22] + name + [0x22], [0x27] + name + [0x27]]
    var line = 1
    var lineStart = 0
    while lineStart < bytes.count {
      let content = bytes[lineStart...].prefix { $0 != 0x0A && $0 != 0x0D }
      if line > first.line, !content.isEmpty {
        let indent = content.prefix { $0 == 0x20 }.count
        if indent + 1 == first.column, isKey(content.dropFirst(indent), spellings) {
          return duplicateKey(key, at: SourcePlace(file: first.file, line: line, column: first.column))
        }
        let isComment = content.dropFirst(indent).first == 0x23
        if indent + 1 < first.column, indent < content.count, !isComment { break }
      }
      lineStart = content.endIndex
      if lineStart + 1 < bytes.count, bytes[lineStart] == 0x0D, bytes[lineStart + 1] == 0x0A { lineStart += 1 }
      lineStart += 1
      line += 1
    }
    return SourceFault(
      .duplicateKey, at: first, message: "the mapping has the key \(SourceFault.shown(key)) twice; this is the first")
  }

  private static func isKey(_ text: ArraySlice<UInt8>, _ spellings: [[UInt8]]) -> Bool {
    spellings.contains { spelling in
      text.starts(with: spelling) && text.dropFirst(spelling.count).first { $0 != 0x20 } == 0x3A
    }
  }
}
