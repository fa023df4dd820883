package import Cryptography
import Encodings
package import Keyring

/// The door to disk: content, spans and labels are sealed together, so a value that comes back has the labels that it
/// left with.
package enum SealDoor {
  /// Seals one value under the keyring's current term. Throws `cannotOpen` with the keyring's fault.
  package static func seal(
    _ text: LabeledText, with keyring: Keyring, in context: EnvelopeContext
  ) throws(DoorRefusal) -> Envelope {
    do { return try keyring.seal(text.encoded, in: context) } catch { throw .cannotOpen(error) }
  }

  /// Opens what `seal` sealed in the same context.
  package static func open(
    _ envelope: Envelope, with keyring: Keyring, in context: EnvelopeContext
  ) throws(DoorRefusal) -> LabeledText {
    let plain: [UInt8]
    do { plain = try keyring.open(envelope, in: context) } catch { throw .cannotOpen(error) }
    guard let text = LabeledText(encoded: plain[...]) else { throw .value(.damaged) }
    return text
  }

  /// Seals several values of a run in one envelope under the run's key: what one event brought. Throws `damaged` for
  /// an id that the table does not have.
  package static func seal(
    _ ids: [ValueID], of table: ValueTable, with key: RunKey, in context: EnvelopeContext
  ) throws(DoorRefusal) -> Envelope {
    var fields = LengthPrefixed()
    fields.append(UInt64(ids.count))
    for id in ids {
      guard let text = table.content(id) else { throw .value(.damaged) }
      fields.append(UInt64(id.raw))
      fields.append(text.encoded)
    }
    do { return try key.seal(fields.bytes, in: context) } catch { throw .cannotOpen(error) }
  }

  /// Opens what the other `seal` sealed, into a table; the handles are in the same order.
  package static func open(
    _ envelope: Envelope, into table: inout ValueTable, with key: RunKey, in context: EnvelopeContext
  ) throws(DoorRefusal) -> [ValueHandle] {
    let plain: [UInt8]
    do { plain = try key.open(envelope, in: context) } catch { throw .cannotOpen(error) }
    var reader = LengthPrefixedReader(plain[...])
    guard let count = reader.nextNumber(), count <= UInt64(plain.count) else { throw .value(.damaged) }
    var values: [(ValueID, LabeledText)] = []
    for _ in 0..<count {
      guard let raw = reader.nextNumber().flatMap({ UInt32(exactly: $0) }), let field = reader.next(),
        let text = LabeledText(encoded: field)
      else { throw .value(.damaged) }
      values.append((ValueID(raw: raw), text))
    }
    guard reader.isAtEnd else { throw .value(.damaged) }
    var handles: [ValueHandle] = []
    do throws(ValueFault) {
      for (id, text) in values { handles.append(try table.insert(text, at: id)) }
    } catch {
      throw .value(error)
    }
    return handles
  }

  /// A value as a key that verifies what comes in (a webhook's signature, a secret header): it goes into secret memory
  /// and never enters a run, so it needs no label there.
  package static func verificationKey(_ text: LabeledText) -> GuardedBytes { GuardedBytes(copying: text.bytes) }
}
