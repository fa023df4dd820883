import Destinations
import Encodings
package import Keyring

/// What people are asked before a statement is sent.
extension SendableStatement {
  /// A commitment to all that is sent, under the run's key: the text, each value with its type, and where it goes. It tells
  /// nothing of a value to whoever has not the key, and does not depend on the time.
  package func commitment(source: String, run: String, key: RunKey) throws(KeyringError) -> String {
    var fields = LengthPrefixed()
    fields.append("approval-statement")
    fields.append(source)
    fields.append(destination.hostPort.host)
    fields.append(UInt64(destination.hostPort.port))
    fields.append(UInt64(pieces.count))
    for piece in pieces {
      let (kind, bytes) = piece.committed
      fields.append(kind)
      fields.append(bytes)
    }
    return Hex.encode(try key.mac(.valueCommitment, context: [Array(run.utf8)], message: fields.bytes))
  }
}

extension SendableStatement.Piece {
  /// Its kind and its bytes (docs/spec/run-history.md).
  fileprivate var committed: (kind: String, bytes: [UInt8]) {
    switch self {
    case .text(let text): ("text", Array(text.utf8))
    case .characters(let characters): ("characters", characters)
    case .value(.null): ("null", [])
    case .value(.boolean(let value)): ("boolean", [value ? 1 : 0])
    case .value(.integer(let digits)): ("integer", digits)
    case .value(.decimal(let digits)): ("decimal", digits)
    case .value(.text(let text)): ("string", text)
    case .value(.json(let text)): ("json", text)
    }
  }
}

extension RenderedStatement {
  /// The values of a statement with their names, in the form in which the log keeps headers: so they are shown as those
  /// are, masked by span, and removed where a value is that takes all of its request with it.
  package static func shown(_ values: [(name: String, value: LabeledText)]) -> LabeledText {
    RequestHeaders.encode(
      values.map { LabeledHeader(name: LabeledText(clear: $0.name), value: Transforms.stringForm($0.value)) }, uses: [])
  }
}
