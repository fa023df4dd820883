import Encodings

/// A JSON body with placeholders, each of known position: decided once, when the document is read, so
/// that filling in a value can never change the structure of the body.
package struct JSONTemplate: Sendable {
  /// JSON text, or a placeholder with its position.
  package enum Piece: Hashable, Sendable {
    /// JSON text, to be sent as it is.
    case text(String)
    /// Stands for one whole JSON value.
    case value(Placeholder)
    /// Stands for characters inside a string that is a value.
    case inString(Placeholder)
    /// Stands for one whole key, quotes included.
    case key(Placeholder)
    /// Stands for characters inside a key.
    case inKey(Placeholder)

    /// The placeholder, whatever its position.
    package var placeholder: Placeholder? {
      switch self {
      case .text: nil
      case .value(let placeholder), .inString(let placeholder), .key(let placeholder), .inKey(let placeholder):
        placeholder
      }
    }
  }

  /// The text of the document.
  package let source: String
  /// In the order of the text.
  package let pieces: [Piece]

  /// Refuses a text that could not become one JSON value whatever the placeholders hold.
  package init(parsing source: String) throws(TemplateFault) {
    guard source.utf8.count <= Template.maximumBytes else { throw TemplateFault(kind: .tooLong, offset: 0) }
    var scanner = JSONTemplateScanner([UInt8](source.utf8))
    let pieces = try scanner.pieces()
    try Self.checkJSON(of: pieces, starts: scanner.starts, source: source)
    self.source = source
    self.pieces = pieces
  }

  /// In the order of the text.
  package var placeholders: [Placeholder] { pieces.compactMap(\.placeholder) }

  /// The keys of the object that it is, but for those with a placeholder in them; none where it is no object.
  package var literalKeys: [String] {
    let sample = pieces.enumerated().flatMap { Self.standIn(for: $1, number: $0) }
    guard let tape = try? JSONTape(sample), tape.kind(tape.root) == .object else { return [] }
    return tape.children(tape.root).compactMap { tape.key($0) }.filter { !$0.unicodeScalars.contains("\u{E000}") }
  }

  /// What stands for a piece in a sample of the text.
  private static func standIn(for piece: Piece, number: Int) -> [UInt8] {
    switch piece {
    case .text(let text): Array(text.utf8)
    case .value: Array("null".utf8)
    case .inString: []
    case .key: Array("\"\u{E000}\(number)\"".utf8)
    case .inKey: Array("\u{E000}\(number)".utf8)
    }
  }

  /// Reads the body with a stand-in for every placeholder. A stand-in for a value is `null`, which is
  /// wrong beside anything else (`12<<x>>`), so what is accepted here stays one value.
  private static func checkJSON(of pieces: [Piece], starts: [Int], source: String) throws(TemplateFault) {
    var sample: [UInt8] = []
    var origins: [(sample: Int, source: Int, isPlaceholder: Bool)] = []
    for (number, (piece, start)) in zip(pieces, starts).enumerated() {
      origins.append((sample.count, start, piece.placeholder != nil))
      sample += standIn(for: piece, number: number)
    }
    do {
      _ = try JSONTape(sample)
    } catch {
      let (fault, place) = JSONTemplateFault.reading(error)
      guard let place, let origin = origins.last(where: { $0.sample <= place }) else {
        throw TemplateFault(kind: .json(fault), offset: source.utf8.count)
      }
      if origin.isPlaceholder { throw TemplateFault(kind: .json(.placeholderBesideValue), offset: origin.source) }
      let offset = min(origin.source + place - origin.sample, source.utf8.count)
      throw TemplateFault(kind: .json(fault), offset: offset)
    }
  }
}

extension JSONTemplate: Equatable {
  /// Templates are equal when their texts are, byte for byte.
  package static func == (left: JSONTemplate, right: JSONTemplate) -> Bool {
    left.source.utf8.elementsEqual(right.source.utf8)
  }
}

/// Why a body could not become one JSON value.
package enum JSONTemplateFault: Hashable, Sendable {
  case unexpected
  case unexpectedEnd
  case duplicateKey
  case tooDeep
  case tooLarge
  case badText
  case badNumber
  /// `"a"<<x>>` or `12<<x>>`: a value would have text beside it.
  case placeholderBesideValue

  static func reading(_ fault: JSONFault) -> (JSONTemplateFault, at: Int?) {
    switch fault {
    case .tooLarge, .tooManyNodes: (.tooLarge, nil)
    case .tooDeep(let at): (.tooDeep, at)
    case .unexpected(let at), .trailingText(let at): (.unexpected, at)
    case .unexpectedEnd: (.unexpectedEnd, nil)
    case .duplicateKey(let at): (.duplicateKey, at)
    case .notUTF8(let at), .loneSurrogate(let at), .controlCharacter(let at), .badEscape(let at): (.badText, at)
    case .byteOrderMark: (.badText, 0)
    case .badNumber(let at): (.badNumber, at)
    }
  }

  var message: String {
    switch self {
    case .unexpected: "the body is not JSON: this character cannot stand here"
    case .unexpectedEnd: "the body is not JSON: it ends too early"
    case .duplicateKey: "the body is not JSON: the object has this key already"
    case .tooDeep: "the body is nested too deeply"
    case .tooLarge: "the body is too large"
    case .badText: "the body is not JSON: a string has a broken escape or a control character"
    case .badNumber: "the body is not JSON: this is no number"
    case .placeholderBesideValue: "the placeholder stands for a whole value here, and there is text beside it"
    }
  }
}
