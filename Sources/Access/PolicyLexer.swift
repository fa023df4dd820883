/// A token of a policy's text, with its place.
struct PolicyToken: Equatable {
  enum Kind: Equatable {
    case word(String)
    case string(String)
    case punctuation(UInt8)
    case end
    /// Something outside the language; the fault has been reported.
    case invalid
  }

  var kind: Kind
  var line: Int
  var column: Int
}

/// Cuts the text of a policy (the HCL subset) into tokens. Total: any bytes give tokens and faults, never a trap.
struct PolicyLexer {
  private let bytes: [UInt8]
  private var offset = 0
  private var line = 1
  private var column = 1
  private(set) var faults: [PolicyFault] = []

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  mutating func next() -> PolicyToken {
    skipBlanks()
    let (startLine, startColumn) = (line, column)
    func token(_ kind: PolicyToken.Kind) -> PolicyToken {
      PolicyToken(kind: kind, line: startLine, column: startColumn)
    }
    guard let byte = peek() else { return token(.end) }
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
      UInt8(ascii: "="):
      advance()
      return token(.punctuation(byte))
    case UInt8(ascii: "\""):
      return token(string())
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
      return token(.word(word()))
    case UInt8(ascii: "<"):
      report("a here-document is not part of the policy language", "write the text in double quotes")
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      report("a number stands where none can be", "policies hold paths and lists of capabilities only")
    default:
      report("an unexpected character", "policies are blocks of the form path \"…\" { capabilities = [\"read\"] }")
    }
    skipRun()
    return token(.invalid)
  }

  private func peek(_ ahead: Int = 0) -> UInt8? {
    offset + ahead < bytes.count ? bytes[offset + ahead] : nil
  }

  private mutating func advance() {
    guard offset < bytes.count else { return }
    let byte = bytes[offset]
    offset += 1
    if byte == UInt8(ascii: "\n") {
      line += 1
      column = 1
    } else if offset >= bytes.count || bytes[offset] & 0xC0 != 0x80 {
      column += 1
    }
  }

  /// Past what could not be read, so that one stray text is one fault.
  private mutating func skipRun() {
    advance()
    while let byte = peek(), byte > 0x20, !"{}[],=\"#/".utf8.contains(byte) { advance() }
  }

  private mutating func skipBlanks() {
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): advance()
      case UInt8(ascii: "#"): skipLine()
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): skipLine()
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): skipComment()
      default: return
      }
    }
  }

  private mutating func skipLine() {
    while let byte = peek(), byte != UInt8(ascii: "\n") { advance() }
  }

  private mutating func skipComment() {
    let (startLine, startColumn) = (line, column)
    advance()
    advance()
    while let byte = peek() {
      if byte == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        advance()
        advance()
        return
      }
      advance()
    }
    report("a comment is not closed", "end it with */", line: startLine, column: startColumn)
  }

  private mutating func word() -> String {
    let start = offset
    while let byte = peek(), Self.isWordByte(byte) { advance() }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }

  /// Reads a string in double quotes with the escapes `\"` and `\\`.
  private mutating func string() -> PolicyToken.Kind {
    let (startLine, startColumn) = (line, column)
    var content: [UInt8] = []
    advance()
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        advance()
        return .string(String(decoding: content, as: UTF8.self))
      case UInt8(ascii: "\n"):
        report("a text is not closed on its line", "end it with \"", line: startLine, column: startColumn)
        return .invalid
      case UInt8(ascii: "\\"):
        advance()
        guard let escaped = peek(), escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
          report("an escape other than \\\" and \\\\", "write the character itself")
          continue
        }
        content.append(escaped)
        advance()
      case UInt8(ascii: "$") where peek(1) == UInt8(ascii: "{"):
        report("interpolation (${…}) is not part of the policy language", "write the path out")
        advance()
      default:
        content.append(byte)
        advance()
      }
    }
    report("a text is not closed", "end it with \"", line: startLine, column: startColumn)
    return .invalid
  }

  private mutating func report(_ message: String, _ remedy: String, line: Int? = nil, column: Int? = nil) {
    guard faults.count < AccessLimits.policyFaults else { return }
    faults.append(
      PolicyFault(
        severity: .error, line: line ?? self.line, column: column ?? self.column, message: message, remedy: remedy))
  }
}
