import Destinations
import Encodings
package import Keyring

/// What people are asked before a statement is sent.
extension SendableStatement {
  /// A commitment to all that is sent, under the run's key: the text, each value with its type, and where it goes; and
  /// to the visit of the step that sends it, so that an answer to one question is none to the next. It tells nothing of
  /// a value to whoever has not the key, and does not depend on the time. Throws `KeyringError` for a key that is
  /// sealed or destroyed.
  package func commitment(
    source: String, step: String, visit: Int, run: String, key: RunKey
  ) throws(KeyringError) -> String {
    var fields = LengthPrefixed()
    fields.append("approval-statement-of-visit")
    fields.append(step)
    fields.append(UInt64(visit))
    return try mac(&fields, source: source, run: run, key: key)
  }

  /// Whether people agreed to this very statement, in this visit of the step. `approved` is what the run's history
  /// holds: of a question that an earlier release asked it names the statement alone, and the history holds the visit
  /// beside it.
  /// Throws `KeyringError` for a key that is sealed or destroyed.
  package func isCommitted(
    to approved: String, source: String, step: String, visit: Int, run: String, key: RunKey
  ) throws(KeyringError) -> Bool {
    if try commitment(source: source, step: step, visit: visit, run: run, key: key) == approved { return true }
    return try formerCommitment(source: source, run: run, key: key) == approved
  }

  /// As earlier releases committed: to the statement alone.
  func formerCommitment(source: String, run: String, key: RunKey) throws(KeyringError) -> String {
    var fields = LengthPrefixed()
    fields.append("approval-statement")
    return try mac(&fields, source: source, run: run, key: key)
  }

  private func mac(
    _ fields: inout LengthPrefixed, source: String, run: String, key: RunKey
  ) throws(KeyringError) -> String {
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
