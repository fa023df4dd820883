import Encodings
import Keyring
import RunEngine
import Storage

/// The envelope context of every row that this room writes: purpose, table, row, column, context fields and
/// the row's version, as keys/purposes.yaml declares them.
enum RecordContexts {
  static func document(_ kind: DocumentKind, id: String, revision: UInt64) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .document, table: "document", row: "\(kind.rawValue)/\(id)", column: "text",
      context: [Array(kind.rawValue.utf8), Array(id.utf8)], version: revision)
  }

  static func bundle(_ id: BundleID) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .document, table: "bundle", row: id.hex, column: "text",
      context: [Array("bundle".utf8), Array(id.hex.utf8)],
      version: 1)
  }

  static func policy(_ name: String, revision: UInt64) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .policy, table: "policy", row: name, column: "text", context: [Array(name.utf8)], version: revision)
  }

  /// - Parameter hash: in hex.
  static func token(hash: String) -> EnvelopeContext {
    EnvelopeContext(purpose: .tokenRecord, table: "token", row: hash, column: "record", version: 1)
  }

  static func reveal(_ id: String, revision: UInt64) -> EnvelopeContext {
    EnvelopeContext(purpose: .revealRecord, table: "reveal", row: id, column: "record", version: revision)
  }

  static func login(_ name: String, revision: UInt64) -> EnvelopeContext {
    EnvelopeContext(purpose: .loginRecord, table: "login", row: name, column: "record", version: revision)
  }

  static func event(of run: RunID, sequence: Int) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .runEvent, table: "run_event", row: "\(run.text)/\(sequence)", column: "event",
      context: [Array(run.text.utf8)], version: UInt64(sequence))
  }

  static func values(of run: RunID, sequence: Int) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .runValue, table: "run_event", row: "\(run.text)/\(sequence)", column: "run_values",
      context: [Array(run.text.utf8)], version: UInt64(sequence))
  }
}
