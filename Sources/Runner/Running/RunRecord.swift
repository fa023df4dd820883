import Encodings
package import Keyring
package import Labels
import RunEngine
import Storage

/// Between an event in hand and its sealed row: the event in its recorded form, and the values that it
/// brought, both in envelopes under the run's key.
enum RunRecord {
  static func seal(
    _ event: RunEvent, bringing ids: [ValueID], of values: ValueTable, sequence: Int, run: RunID, key: RunKey
  ) throws(RunFault) -> StoredEvent {
    var sealedValues: Envelope?
    if !ids.isEmpty {
      do {
        sealedValues = try SealDoor.seal(
          ids, of: values, with: key, in: RecordContexts.values(of: run, sequence: sequence))
      } catch {
        throw .door(error)
      }
    }
    do {
      let sealedEvent = try key.seal(
        RunHistory.encode(event), in: RecordContexts.event(of: run, sequence: sequence))
      return StoredEvent(
        sequence: sequence, kind: RunHistory.kind(of: event), at: event.instant, event: sealedEvent,
        values: sealedValues)
    } catch {
      throw .keyring(error)
    }
  }

  /// Opens a stored event: its values go into the table, their handles are given back with its bytes.
  static func open(
    _ stored: StoredEvent, into values: inout ValueTable, run: RunID, key: RunKey
  ) throws(RunFault) -> (event: [UInt8], handles: [ValueHandle]) {
    var handles: [ValueHandle] = []
    if let sealed = stored.values {
      do {
        handles = try SealDoor.open(
          sealed, into: &values, with: key, in: RecordContexts.values(of: run, sequence: stored.sequence))
      } catch {
        throw .history(sequence: stored.sequence)
      }
    }
    do {
      return (
        try key.open(stored.event, in: RecordContexts.event(of: run, sequence: stored.sequence)), handles
      )
    } catch {
      throw .history(sequence: stored.sequence)
    }
  }
}

/// Why a stored run cannot be read or written.
package enum RunFault: Error, Equatable, Sendable {
  /// The recorded event of this sequence does not open or does not fit.
  case history(sequence: Int)
  /// A row of the history is not even an envelope.
  case rows
  case value(ValueFault)
  case door(DoorRefusal)
  case keyring(KeyringError)
  /// The documents that the run is pinned to are gone or damaged.
  case bundle

  /// One word for the ledger.
  var word: String {
    switch self {
    case .history(let sequence): "history, event \(sequence)"
    case .rows: "history, rows"
    case .value, .door: "value"
    case .keyring: "key"
    case .bundle: "documents"
    }
  }
}
