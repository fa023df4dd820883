internal import Encodings

/// Reads the JSON form, a text that starts with `{`, into a draft. Strict: one key `path` at the top, `capabilities` and perhaps `second_person`
/// in each block.
struct PolicyJSONReader {
  private(set) var draft: PolicyDraft
  private let bytes: [UInt8]
  /// Moves forward only: places are asked for in the order of the text, so that all of them cost one pass.
  private var position = TextPosition()

  init(_ text: String, draft: PolicyDraft) {
    self.draft = draft
    bytes = Array(text.utf8)
  }

  mutating func read() {
    do throws(JSONFault) {
      readRoot(try JSONTape(bytes))
    } catch {
      let offset = error == .unexpectedEnd ? bytes.count : error.offset ?? 0
      draft.error(place(at: offset), error.summary, "correct the JSON text there")
    }
  }

  private mutating func readRoot(_ tape: JSONTape) {
    let rootPlace = place(of: tape.root, tape)
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
    if !hasPaths { draft.error(rootPlace, "the key path is missing", "write {\"path\": {…}}") }
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
      var needsSecondPerson = false
      for member in tape.children(block) {
        guard let key = tape.key(member) else { continue }
        if key == "capabilities" {
          isDeclared = true
          capabilities = readCapabilities(member, tape)
        } else if key == "second_person" {
          guard let flag = tape.bool(member) else {
            draft.error(
              place(of: member, tape), "second_person is neither true nor false", "write \"second_person\": true")
            continue
          }
          needsSecondPerson = flag
        } else {
          draft.unknownKey(key, at: keyPlace(of: member, tape))
        }
      }
      if !isDeclared {
        draft.error(blockPlace, "the block has no capabilities", "write {\"capabilities\": [\"read\"]}")
      }
      if let pattern, let capabilities {
        draft.add(pattern, capabilities, needsSecondPerson: needsSecondPerson, at: blockPlace)
      }
    }
  }

  private mutating func readCapabilities(_ list: JSONTape.Node, _ tape: JSONTape) -> CapabilitySet? {
    guard tape.kind(list) == .array else {
      draft.error(place(of: list, tape), "capabilities is no list", "write \"capabilities\": [\"read\"]")
      return nil
    }
    let listPlace = place(of: list, tape)
    var listed: [(text: String, place: PolicyDraft.Place)] = []
    for element in tape.children(list) {
      guard let text = tape.string(element) else {
        draft.error(place(of: element, tape), "a capability is no text", "write [\"read\", \"list\"]")
        return nil
      }
      listed.append((text, place(of: element, tape)))
    }
    return draft.capabilities(listed, at: listPlace)
  }

  private mutating func place(of node: JSONTape.Node, _ tape: JSONTape) -> PolicyDraft.Place {
    place(at: tape.range(node).lowerBound)
  }

  private mutating func keyPlace(of node: JSONTape.Node, _ tape: JSONTape) -> PolicyDraft.Place {
    place(at: (tape.keyRange(node) ?? tape.range(node)).lowerBound)
  }

  private mutating func place(at offset: Int) -> PolicyDraft.Place {
    position.advance(to: offset, in: bytes)
    return PolicyDraft.Place(line: position.line, column: position.column)
  }
}
