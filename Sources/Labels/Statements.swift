package import Destinations
import Encodings

/// A statement for a data source with its values beside it. It cannot be sent: `SendDoor` makes what can, for one
/// destination.
package struct RenderedStatement: Sendable {
  package enum Piece: Sendable {
    /// Text of the document.
    case text(String)
    /// A parameter of the value's own type.
    case value(LabeledText)
    /// A parameter that is the value's characters.
    case characters(LabeledText)
  }

  package let pieces: [Piece]

  package init(_ pieces: [Piece]) { self.pieces = pieces }

  /// The join of everything that is sent, which goes on to what comes back: the other side sees the parameters.
  package var label: Label {
    Label.join(
      pieces.map { piece in
        switch piece {
        case .text: Label.clear
        case .value(let value), .characters(let value): value.label
        }
      })
  }
}

extension RenderedStatement: Masked {
  package var maskedText: String { "RenderedStatement(‹masked›)" }
}

/// The value of a parameter, by its type.
package enum StatementValue: Equatable, Sendable {
  case null
  case boolean(Bool)
  /// Digits, with a sign before them where it is negative.
  case integer([UInt8])
  /// A JSON number that is not written as an integer.
  case decimal([UInt8])
  /// UTF-8.
  case text([UInt8])
  /// The JSON text of an object or an array.
  case json([UInt8])
}

/// Where a statement goes.
package enum StatementDestination: Hashable, Sendable {
  /// A server whose address was checked.
  case server(AllowedDial)
  /// The file of an SQLite data source, by what stands for it in lists of hosts.
  case file(HostPort)

  /// What labels must allow.
  package var hostPort: HostPort {
    switch self {
    case .server(let dial): dial.hostPort
    case .file(let place): place
    }
  }
}

/// A statement as it is sent, for one destination. Only `SendDoor` makes it, and only `DataSources` reads it.
package struct SendableStatement: Sendable {
  package enum Piece: Equatable, Sendable {
    case text(String)
    case value(StatementValue)
    /// The characters of a value within a string.
    case characters([UInt8])
  }

  package let destination: StatementDestination
  package let pieces: [Piece]
}

extension SendableStatement: Masked {
  package var maskedText: String { "SendableStatement(\(destination.hostPort), ‹masked›)" }
}

extension SendDoor {
  /// Opens a statement for its destination: refused where any value may not be sent there. A value that is no UTF-8 is
  /// refused as well. Nothing was sent when this refuses, and a refusal holds no content.
  package static func statement(
    _ statement: RenderedStatement, for destination: StatementDestination
  ) -> Result<SendableStatement, DoorRefusal> {
    let label = statement.label
    guard label.hosts.allows(destination.hostPort) else {
      let refusing = statement.pieces.flatMap { piece -> [Label] in
        guard case .value(let value) = piece else {
          if case .characters(let value) = piece { return [value.label] }
          return []
        }
        return [value.label]
      }.filter { !$0.hosts.allows(destination.hostPort) }
      let origins = (refusing.isEmpty ? label : Label.join(refusing)).origins.map(\.origin)
      return .failure(.notGranted(origins: origins, host: destination.hostPort))
    }
    var pieces: [SendableStatement.Piece] = []
    for piece in statement.pieces {
      switch piece {
      case .text(let text): pieces.append(.text(text))
      case .value(let value):
        guard let typed = StatementValue(value) else { return .failure(.value(.notUTF8)) }
        pieces.append(.value(typed))
      case .characters(let value):
        let characters = Transforms.stringForm(value).bytes
        guard UTF8Text.isValid(characters) else { return .failure(.value(.notUTF8)) }
        pieces.append(.characters(characters))
      }
    }
    return .success(SendableStatement(destination: destination, pieces: pieces))
  }
}

extension StatementValue {
  /// Nil for what is no UTF-8.
  init?(_ value: LabeledText) {
    guard value.form == .json, let first = value.bytes.first, first != UInt8(ascii: "\"") else {
      let characters = Transforms.stringForm(value).bytes
      guard UTF8Text.isValid(characters) else { return nil }
      self = .text(characters)
      return
    }
    switch first {
    case UInt8(ascii: "t"): self = .boolean(true)
    case UInt8(ascii: "f"): self = .boolean(false)
    case UInt8(ascii: "n"): self = .null
    case UInt8(ascii: "{"), UInt8(ascii: "["): self = .json(value.bytes)
    default:
      // An exponent that is too long for anything to compute with is sent as it is written.
      let isInteger = value.bytes.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
      self = isInteger ? .integer(value.bytes) : .decimal(value.bytes)
    }
  }
}
