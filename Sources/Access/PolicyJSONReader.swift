internal import Encodings

/// Line and column of each offset of a text, found once: a policy may have thousands of places to name, and counting
/// for each anew would be quadratic.
struct SourcePositions {
  private var lines: [UInt32] = []
  private var columns: [UInt32] = []

  init(_ bytes: [UInt8]) {
    lines.reserveCapacity(bytes.count + 1)
    columns.reserveCapacity(bytes.count + 1)
    var line: UInt32 = 1
    var column: UInt32 = 0
    for byte in bytes {
      // A continuation byte of UTF-8 belongs to the character before it.
      if byte & 0xC0 != 0x80 { column += 1 }
      lines.append(line)
      columns.append(column)
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 0
      }
    }
    lines.append(line)
    columns.append(column + 1)
  }

  func place(at offset: Int) -> PolicyDraft.Place {
    let index = min(max(offset, 0), lines.count - 1)
    return PolicyDraft.Place(line: Int(lines[index]), column: Int(columns[index]))
  }
}

/// Reads the JSON form into a draft. Strict: one key `path` at the top, one key `capabilities` in each block.
struct PolicyJSONReader {
  private(set) var draft: PolicyDraft
  private let bytes: [UInt8]
  private let positions: SourcePositions

  init(_ text: String, draft: PolicyDraft) {
    self.draft = draft
    bytes = Array(text.utf8)
    positions = SourcePositions(bytes)
  }

  mutating func read() {
    do throws(JSONFault) {
      readRoot(try JSONTape(bytes))
    } catch {
      draft.error(positions.place(at: offset(of: error)), "the text is no JSON: \(sentence(error))", "correct it there")
    }
  }

  private mutating func readRoot(_ tape: JSONTape) {
    guard tape.kind(tape.root) == .object else {
      draft.error(place(of: tape.root, tape), "the text is no object", "write {\"path\": {…}}")
      return
    }
    var hasPaths = false
    for member in tape.children(tape.root) {
      guard let key = tape.key(member) else { continue }
      if key == "path" {
        hasPaths = true
        readPaths(member, tape)
      } else {
        draft.unknownKey(key, at: keyPlace(of: member, tape))
      }
    }
    if !hasPaths { draft.error(place(of: tape.root, tape), "the key path is missing", "write {\"path\": {…}}") }
  }

  private mutating func readPaths(_ paths: JSONTape.Node, _ tape: JSONTape) {
    guard tape.kind(paths) == .object else {
      draft.error(place(of: paths, tape), "path is no object", "write {\"path\": {\"v1/…\": {…}}}")
      return
    }
    for block in tape.children(paths) {
      guard let text = tape.key(block) else { continue }
      let blockPlace = keyPlace(of: block, tape)
      let pattern = draft.pattern(text, at: blockPlace)
      guard tape.kind(block) == .object else {
        draft.error(place(of: block, tape), "the block is no object", "write {\"capabilities\": [\"read\"]}")
        continue
      }
      var capabilities: CapabilitySet?
      var isDeclared = false
      for member in tape.children(block) {
        guard let key = tape.key(member) else { continue }
        if key == "capabilities" {
          isDeclared = true
          capabilities = readCapabilities(member, tape)
        } else {
          draft.unknownKey(key, at: keyPlace(of: member, tape))
        }
      }
      if !isDeclared {
        draft.error(blockPlace, "the block has no capabilities", "write {\"capabilities\": [\"read\"]}")
      }
      if let pattern, let capabilities { draft.add(pattern, capabilities, at: blockPlace) }
    }
  }

  private mutating func readCapabilities(_ list: JSONTape.Node, _ tape: JSONTape) -> CapabilitySet? {
    guard tape.kind(list) == .array else {
      draft.error(place(of: list, tape), "capabilities is no list", "write \"capabilities\": [\"read\"]")
      return nil
    }
    var listed: [(text: String, place: PolicyDraft.Place)] = []
    for element in tape.children(list) {
      guard let text = tape.string(element) else {
        draft.error(place(of: element, tape), "a capability is no text", "write [\"read\", \"list\"]")
        return nil
      }
      listed.append((text, place(of: element, tape)))
    }
    return draft.capabilities(listed, at: place(of: list, tape))
  }

  private func place(of node: JSONTape.Node, _ tape: JSONTape) -> PolicyDraft.Place {
    positions.place(at: tape.range(node).lowerBound)
  }

  private func keyPlace(of node: JSONTape.Node, _ tape: JSONTape) -> PolicyDraft.Place {
    positions.place(at: (tape.keyRange(node) ?? tape.range(node)).lowerBound)
  }

  private func offset(of fault: JSONFault) -> Int {
    switch fault {
    case .notUTF8(let at), .unexpected(let at), .duplicateKey(let at), .trailingText(let at), .loneSurrogate(let at),
      .controlCharacter(let at), .badNumber(let at), .badEscape(let at):
      at
    case .tooLarge, .tooDeep, .tooManyNodes, .byteOrderMark: 0
    case .unexpectedEnd: bytes.count
    }
  }

  private func sentence(_ fault: JSONFault) -> String {
    switch fault {
    case .tooLarge: "it is too large"
    case .tooDeep: "it is nested too deep"
    case .tooManyNodes: "it has too many values"
    case .notUTF8: "it is not UTF-8"
    case .unexpected: "an unexpected character"
    case .unexpectedEnd: "it ends too early"
    case .duplicateKey: "a key stands there twice"
    case .trailingText: "text after its end"
    case .loneSurrogate: "half of a surrogate pair"
    case .controlCharacter: "a control character in a text"
    case .byteOrderMark: "it starts with a byte order mark"
    case .badNumber: "a malformed number"
    case .badEscape: "an unknown escape"
    }
  }
}
