import Encodings
import Yams

/// YAML files, by Yams, with everything refused that would make a document mean more than it shows.
enum YAMLSource {
  static func read(_ bytes: [UInt8], file: String) throws(SourceFault) -> [SourceNode] {
    // A byte order mark at the start is allowed by YAML (§5.2) and moves no column.
    let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    try YAMLText.check(bytes, file: file)
    if let offset = YAMLText.firstExcessAlias(bytes) {
      throw YAMLFaults.alias(at: YAMLText.place(offset, bytes, file))
    }
    var reader = Reader(bytes, file: file)
    do {
      // Without resolver rules: what a plain scalar is, `PlainScalar` decides.
      let parser = try Parser(yaml: String(decoding: bytes, as: UTF8.self), resolver: .basic, encoding: .utf8)
      var documents: [SourceNode] = []
      while let root = try parser.nextRoot() {
        let document = try reader.node(root, depth: 0)
        if case .scalar("", .plain, _) = document.kind { continue }
        documents.append(document)
      }
      return documents
    } catch let fault as SourceFault {
      throw fault
    } catch {
      throw YAMLFaults.fault(error, bytes, file: file)
    }
  }

  /// Turns the composed nodes into ours, in the order of the text.
  private struct Reader {
    private let file: String
    private var places: YAMLPlaces
    private var count = 0

    init(_ bytes: [UInt8], file: String) {
      self.file = file
      places = YAMLPlaces(bytes)
    }

    mutating func node(_ node: Node, depth: Int) throws(SourceFault) -> SourceNode {
      let place = place(node)
      try checkProperties(at: place)
      count += 1
      guard count <= SourceLimits.json.maximumNodes else {
        throw SourceFault(.limit, at: place, message: "the file has too many values")
      }
      switch node {
      case .scalar(let scalar):
        let style = style(scalar.style)
        let kind: SourceNode.ScalarKind = style == .plain ? PlainScalar.kind(of: scalar.string) : .string
        return SourceNode(.scalar(text: scalar.string, style: style, jsonKind: kind), place: place)
      case .sequence(let sequence):
        try checkDepth(depth, at: place)
        var elements: [SourceNode] = []
        elements.reserveCapacity(sequence.count)
        for element in sequence { elements.append(try self.node(element, depth: depth + 1)) }
        return SourceNode(.sequence(elements), place: place)
      case .mapping(let mapping):
        try checkDepth(depth, at: place)
        return SourceNode(.mapping(try members(mapping, depth: depth)), place: place)
      case .alias: throw YAMLFaults.alias(at: place)
      }
    }

    private mutating func members(_ mapping: Node.Mapping, depth: Int) throws(SourceFault) -> [SourceNode.Member] {
      var members: [SourceNode.Member] = []
      members.reserveCapacity(mapping.count)
      // Sets of bytes, not of strings: two spellings of one accent are two keys, as they are in JSON.
      var seen: Set<[UInt8]> = []
      for (keyNode, valueNode) in mapping {
        let key = try self.key(keyNode, depth: depth)
        guard let text = key.text, seen.insert(Array(text.utf8)).inserted else {
          throw YAMLFaults.duplicateKey(key.text ?? "", at: key.place)
        }
        members.append((key, try node(valueNode, depth: depth + 1)))
      }
      return members
    }

    private mutating func key(_ keyNode: Node, depth: Int) throws(SourceFault) -> SourceNode {
      guard case .scalar = keyNode else {
        let place = place(keyNode)
        try checkProperties(at: place)
        throw SourceFault(.key, at: place, message: "a key must be text, not a mapping or a list")
      }
      let key = try node(keyNode, depth: depth)
      guard key.style == .plain else { return key }
      if key.text == "<<" {
        throw SourceFault(
          .mergeKey, at: key.place, message: "merge keys are not allowed", remedy: "write the members out")
      }
      if key.text == "" {
        throw SourceFault(.key, at: key.place, message: "the key is missing before this colon")
      }
      return key
    }

    /// Yams follows aliases and drops tags silently, but it keeps the mark, and a plain scalar cannot begin with one of
    /// these three characters. So the text at the mark tells exactly.
    private mutating func checkProperties(at place: SourcePlace) throws(SourceFault) {
      switch places.byte(line: place.line, column: place.column) {
      case 0x26, 0x2A: throw YAMLFaults.alias(at: place)
      case 0x21:
        throw SourceFault(
          .tag, at: place, message: "tags are not allowed", remedy: "quote the value when it is text")
      default: return
      }
    }

    private func checkDepth(_ depth: Int, at place: SourcePlace) throws(SourceFault) {
      guard depth < SourceLimits.json.maximumDepth else {
        throw SourceFault(.limit, at: place, message: "mappings and lists are nested too deeply")
      }
    }

    private func place(_ node: Node) -> SourcePlace {
      let mark = node.mark
      return SourcePlace(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private func style(_ style: Node.Scalar.Style) -> SourceNode.Style {
      switch style {
      case .any, .plain: .plain
      case .singleQuoted, .doubleQuoted: .quoted
      case .literal, .folded: .literal
      }
    }
  }
}
