/// The HCL form: a recursive-descent reader that goes on after a fault at the end of the block.
struct PolicyBlockReader {
  private(set) var draft: PolicyDraft
  private var lexer: PolicyLexer
  private var token: PolicyToken

  init(_ text: String, draft: PolicyDraft) {
    self.draft = draft
    lexer = PolicyLexer(text)
    token = lexer.next()
  }

  mutating func read() {
    while token.kind != .end {
      if case .word("path") = token.kind {
        readBlock()
      } else {
        reportTopLevel()
        skipToNextBlock()
      }
    }
    draft.add(lexer.faults)
  }

  private var place: PolicyDraft.Place { PolicyDraft.Place(line: token.line, column: token.column) }

  private mutating func advance() {
    token = lexer.next()
  }

  private func isAt(_ character: Unicode.Scalar) -> Bool {
    token.kind == .punctuation(UInt8(ascii: character))
  }

  private mutating func reportTopLevel() {
    switch token.kind {
    case .invalid: break
    case .word(let word): draft.unknownKey(word, at: place)
    case .string, .punctuation, .end:
      draft.error(place, "a block starts with the word path", "write path \"…\" { capabilities = [\"read\"] }")
    }
  }

  /// `path "…" { … }`
  private mutating func readBlock() {
    let blockPlace = place
    advance()
    guard case .string(let text) = token.kind else {
      expected("the path in double quotes", "write path \"v1/kv/data/app/*\" { … }")
      skipToNextBlock()
      return
    }
    let pattern = draft.pattern(text, at: place)
    advance()
    guard isAt("{") else {
      expected("{ after the path", "write path \"…\" { capabilities = [\"read\"] }")
      skipToNextBlock()
      return
    }
    advance()
    var capabilities: CapabilitySet?
    var isDeclared = false
    var secondPerson: Bool?
    while !isAt("}") {
      guard case .word(let key) = token.kind else {
        expected("a key or }", "close the block with }")
        skipToNextBlock()
        return
      }
      let keyPlace = place
      if key == "capabilities" {
        if isDeclared { draft.error(keyPlace, "capabilities stands there twice", "merge the two lists") }
        isDeclared = true
        advance()
        guard let listed = readList() else { return skipToNextBlock() }
        capabilities = draft.capabilities(listed, at: keyPlace)
      } else if key == "second_person" {
        if secondPerson != nil { draft.error(keyPlace, "second_person stands there twice", "remove one") }
        advance()
        guard let flag = readFlag() else { return skipToNextBlock() }
        secondPerson = flag
      } else {
        draft.unknownKey(key, at: keyPlace)
        return skipToNextBlock()
      }
    }
    advance()
    if !isDeclared {
      draft.error(blockPlace, "the block has no capabilities", "write capabilities = [\"read\"] in it")
    }
    if let pattern, let capabilities {
      draft.add(pattern, capabilities, needsSecondPerson: secondPerson ?? false, at: blockPlace)
    }
  }

  /// `= true` or `= false`; nil where it is neither, which has then been reported.
  private mutating func readFlag() -> Bool? {
    guard isAt("=") else {
      expected("= after second_person", "write second_person = true")
      return nil
    }
    advance()
    guard case .word(let word) = token.kind, ["true", "false"].contains(word) else {
      expected("true or false", "write second_person = true")
      return nil
    }
    advance()
    return word == "true"
  }

  /// `= [ "…", … ]`; nil where it is none, which has then been reported.
  private mutating func readList() -> [(text: String, place: PolicyDraft.Place)]? {
    guard isAt("=") else {
      expected("= after capabilities", "write capabilities = [\"read\"]")
      return nil
    }
    advance()
    guard isAt("[") else {
      expected("a list in square brackets", "write capabilities = [\"read\"]")
      return nil
    }
    advance()
    var listed: [(text: String, place: PolicyDraft.Place)] = []
    while !isAt("]") {
      guard case .string(let text) = token.kind else {
        expected("a capability in double quotes, or ]", "write [\"read\", \"list\"]")
        return nil
      }
      listed.append((text, place))
      advance()
      if isAt(",") {
        advance()
      } else if !isAt("]") {
        expected(", or ] after a capability", "write [\"read\", \"list\"]")
        return nil
      }
    }
    advance()
    return listed
  }

  private mutating func expected(_ what: String, _ remedy: String) {
    if token.kind == .invalid { return }
    let found = token.kind == .end ? "the text ends" : "something else stands"
    draft.error(place, "\(found) where \(what) is expected", remedy)
  }

  /// Goes on at the next `path` that follows a closing brace or stands in a first column, or at the end.
  private mutating func skipToNextBlock() {
    var afterBrace = false
    while token.kind != .end {
      if case .word("path") = token.kind, afterBrace || token.column == 1 { return }
      afterBrace = isAt("}")
      advance()
    }
  }
}
