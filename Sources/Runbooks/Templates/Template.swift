/// Text with placeholders: `Bearer <<access_token!>>`.
///
/// A placeholder is `<<PATH>>`. `\<<` is a literal `<<`; before `<<`, two backslashes stand for one, so
/// that a backslash can stand before a placeholder: an odd number of backslashes escapes, an even number
/// does not. Everywhere else a backslash is itself.
package struct Template: Sendable {
  /// A run of characters or a placeholder.
  package enum Segment: Hashable, Sendable {
    /// Characters as they are to be sent, escapes undone.
    case literal(String)
    case placeholder(Placeholder)
  }

  /// The text of the document.
  package let source: String
  /// In the order of the text; literals are not empty.
  package let segments: [Segment]

  /// The longest template in UTF-8 bytes.
  package static let maximumBytes = 1_048_576

  package init(parsing source: String) throws(TemplateFault) {
    guard source.utf8.count <= Self.maximumBytes else { throw TemplateFault(kind: .tooLong, offset: 0) }
    var scanner = TemplateScanner(bytes: [UInt8](source.utf8)[...])
    var segments: [Segment] = []
    var literal: [UInt8] = []
    while let next = try scanner.next() {
      switch next {
      case .bytes(let bytes): literal += bytes
      case .placeholder(let placeholder):
        if !literal.isEmpty { segments.append(.literal(String(decoding: literal, as: UTF8.self))) }
        literal = []
        segments.append(.placeholder(placeholder))
      }
    }
    if !literal.isEmpty { segments.append(.literal(String(decoding: literal, as: UTF8.self))) }
    self.source = source
    self.segments = segments
  }

  /// A text without placeholders.
  package init(literal text: String) {
    let escaped = Self.escape(text)
    self.source = escaped
    self.segments = text.isEmpty ? [] : [.literal(text)]
  }

  /// Whether the text holds `<<` at all, by bytes: a combining mark behind it changes nothing.
  static func opens(in text: String) -> Bool {
    let bytes = text.utf8
    return zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: "<") && $1 == UInt8(ascii: "<") }
  }

  /// In the order of the text.
  package var placeholders: [Placeholder] {
    segments.compactMap { if case .placeholder(let placeholder) = $0 { placeholder } else { nil } }
  }

  /// The text, when there is no placeholder in it.
  package var literalText: String? {
    guard placeholders.isEmpty else { return nil }
    if case .literal(let text)? = segments.first { return text }
    return ""
  }

  /// Whether it holds nothing but placeholders and spaces: then the text itself is no secret.
  package var isOnlyPlaceholders: Bool {
    segments.allSatisfy { if case .literal(let text) = $0 { text.allSatisfy(\.isWhitespace) } else { true } }
  }

  /// The source that reads back to this literal text.
  static func escape(_ text: String) -> String {
    var result: [UInt8] = []
    let bytes = [UInt8](text.utf8)
    var index = 0
    while index < bytes.count {
      let opens = bytes[index] == UInt8(ascii: "<") && index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "<")
      guard opens else {
        result.append(bytes[index])
        index += 1
        continue
      }
      let backslashes = result.reversed().prefix { $0 == UInt8(ascii: "\\") }.count
      result += [UInt8](repeating: UInt8(ascii: "\\"), count: backslashes + 1)
      result += Array("<<".utf8)
      index += 2
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension Template: Equatable {
  /// Templates are equal when their texts are, byte for byte.
  package static func == (left: Template, right: Template) -> Bool {
    left.source.utf8.elementsEqual(right.source.utf8)
  }
}

/// One `<<PATH>>`.
package struct Placeholder: Hashable, Sendable {
  package let path: VariablePath
  /// UTF-8 bytes from the start of the template's source to the `<<`.
  package let offset: Int

  package init(path: VariablePath, offset: Int) {
    self.path = path
    self.offset = offset
  }
}

/// Why a text is no template, and where: UTF-8 bytes from its start.
package struct TemplateFault: Error, Hashable, Sendable {
  /// What is wrong.
  package enum Kind: Hashable, Sendable {
    case tooLong
    /// `<<` without `>>`.
    case unterminated
    /// There is a `>>`, further away than any path is long.
    case longPlaceholder
    case path(VariablePathFault)
    /// The text around the placeholders is no JSON; what was found instead.
    case json(JSONTemplateFault)
    /// A placeholder where no character data can stand in XML.
    case xmlPosition
  }

  package let kind: Kind
  package let offset: Int

  package init(kind: Kind, offset: Int) {
    self.kind = kind
    self.offset = offset
  }

  /// One clause, without any of the text.
  package var message: String {
    switch kind {
    case .tooLong: "the text is longer than \(Template.maximumBytes) bytes"
    case .unterminated: "<< has no >>"
    case .longPlaceholder: "the placeholder is longer than \(VariablePath.maximumBytes) bytes"
    case .path(let fault): fault.message
    case .json(let fault): fault.message
    case .xmlPosition: "a placeholder may stand in text and in attribute values only"
    }
  }

  /// What helps, where it can be said.
  package var remedy: String? {
    switch kind {
    case .unterminated: "write \\<< for a literal <<"
    case .path(.outerSpace): "remove the space"
    case .json(.placeholderBesideValue): "put the whole value into quotes, or the placeholder alone"
    default: nil
    }
  }
}
