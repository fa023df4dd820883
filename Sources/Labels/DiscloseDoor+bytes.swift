package import Access
package import Keyring

/// The door to a person for bytes as they are: a file that an answer was.
extension DiscloseDoor {
  /// Why the bytes of a part of a run may not be given out; nil where they may. Nothing can be masked in them, so all of
  /// them must be what a permit for the run opens, by label and by content; else whoever asks has the part shown as text.
  package static func obstacle(toBytesOf text: LabeledText, view: DisclosureView) -> DoorRefusal? {
    for origin in text.label.secretOrigins where !isOpened(Label(origin: origin, rule: .masked, hosts: .any)) {
      return .writeOnly(origin)
    }
    guard view.isComplete else { return .notSearchable }
    for match in view.matcher.matches(in: text.bytes, scope: .all) {
      guard match.name != .withheld else { return .notSearchable }
      let label = view.label(of: match)
      if !isOpened(label), let origin = label.secretOrigins.first { return .writeOnly(origin) }
    }
    return nil
  }

  /// For a person, to be handed over once, under a permit for exactly this path.
  package static func reveal(
    bytesOfRun text: LabeledText, readAt path: AccessPath, view: DisclosureView, permit: DisclosurePermit
  ) -> Result<[UInt8], DoorRefusal> {
    guard case .human = permit.kind, permit.path == path else { return .failure(.otherPermit) }
    if let obstacle = obstacle(toBytesOf: text, view: view) { return .failure(obstacle) }
    return .success(text.bytes)
  }

  /// The same with the salt of the value's commitment in the run's receipt. What may not be had as bytes is not opened.
  ///
  /// - Parameters:
  ///   - event: the sequence of the event that brought the value, from 1.
  ///   - name: its name within that event, as for `ValueCommitment`.
  package static func reveal(
    openingOfRun text: LabeledText, event: Int, name: String, run: String, key: RunKey, readAt path: AccessPath,
    view: DisclosureView, permit: DisclosurePermit
  ) -> Result<ValueOpening, DoorRefusal> {
    switch reveal(bytesOfRun: text, readAt: path, view: view, permit: permit) {
    case .failure(let refusal): return .failure(refusal)
    case .success(let value):
      do throws(KeyringError) {
        let salt = try ValueCommitment.salt(event: event, name: name, run: run, key: key)
        return .success(ValueOpening(salt: salt, value: value))
      } catch {
        return .failure(.cannotOpen(error))
      }
    }
  }
}
