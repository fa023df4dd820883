package import Encodings
package import Keyring
package import Labels

/// One version of a secret: where it is, where it may be sent, and its content under a label that says so.
package struct KVVersion: Sendable {
  package let path: KVPath
  /// From 1, growing by one with each write.
  package let version: UInt64
  /// The hosts that whoever wrote the secret named; `any` where nobody named any: then a grant pins them.
  package let hosts: HostClearance
  package let createdAt: Instant
  /// A JSON object, all of it labelled `secret(path, version)`.
  package let value: LabeledText

  /// A version on its way into the store. Throws `notFields` where the fields are none, which `KVFields` has ruled out.
  package init(
    path: KVPath, version: UInt64, hosts: HostClearance, createdAt: Instant, fields: KVFields
  ) throws(SecretStoreError) {
    let label = Self.label(path, version, hosts)
    guard let value = try? LabeledText(json: fields.json, label: label) else { throw .notFields }
    self.init(path: path, version: version, hosts: hosts, createdAt: createdAt, value: value)
  }

  private init(path: KVPath, version: UInt64, hosts: HostClearance, createdAt: Instant, value: LabeledText) {
    self.path = path
    self.version = version
    self.hosts = hosts
    self.createdAt = createdAt
    self.value = value
  }

  /// Seals the content for the version's row. Throws `cannotOpen` where the keyring is sealed.
  package func sealed(with keyring: Keyring) throws(SecretStoreError) -> Envelope {
    do throws(DoorRefusal) {
      return try SealDoor.seal(value, with: keyring, in: Self.context(path, version))
    } catch {
      throw .cannotOpen(path: path, reason: error)
    }
  }

  /// Opens a stored row. What stands in clear beside the envelope is compared with what was sealed: path and version are
  /// in the envelope's context, the hosts in the label. Throws `cannotOpen`, or `rowChanged` where the hosts differ.
  package static func open(
    _ envelope: Envelope, path: KVPath, version: UInt64, hosts: HostClearance, createdAt: Instant,
    with keyring: Keyring
  ) throws(SecretStoreError) -> KVVersion {
    let value: LabeledText
    do throws(DoorRefusal) {
      value = try SealDoor.open(envelope, with: keyring, in: context(path, version))
    } catch {
      throw .cannotOpen(path: path, reason: error)
    }
    guard value.label == label(path, version, hosts) else { throw .rowChanged(path: path) }
    return KVVersion(path: path, version: version, hosts: hosts, createdAt: createdAt, value: value)
  }

  /// Whether there is a field of this name. Names are sealed with the values: ask for whoever may have them shown.
  package func hasField(_ name: String) -> Bool {
    let steps = ValuePath(steps: [.member(name)], isBare: false)
    return (try? LabeledJSON(reading: value).extract(steps, name: name)) != nil
  }

  /// The value of a field for a run that a grant allows to have it, restricted to the hosts of the grant where the
  /// secret itself names none. Throws `otherSecret` or `noField`.
  package func field(_ name: String, granted: GrantedSecret) throws(SecretStoreError) -> LabeledText {
    guard granted.path == path else { throw .otherSecret(path: path) }
    let whole: LabeledText
    do throws(ValueFault) {
      let steps = ValuePath(steps: [.member(name)], isBare: false)
      whole = try LabeledJSON(reading: value).extract(steps, name: name)
    } catch {
      throw .noField(path: path, name: name)
    }
    guard hosts == .any else { return whole }
    return whole.restricted(to: granted.pinnedHosts)
  }

  /// A stored version under the keyring's current term; nil where it is that already. Throws `cannotOpen`.
  package static func resealed(
    _ envelope: Envelope, path: KVPath, version: UInt64, with keyring: Keyring
  ) throws(SecretStoreError) -> Envelope? {
    do throws(KeyringError) {
      return try keyring.resealed(envelope, in: context(path, version))
    } catch {
      throw .cannotOpen(path: path, reason: .cannotOpen(error))
    }
  }

  private static func label(_ path: KVPath, _ version: UInt64, _ hosts: HostClearance) -> Label {
    Label(origin: .secret(path: path.text, version: version), rule: .masked, hosts: hosts)
  }

  /// Row and context of the envelope (keys/purposes.yaml, `kv-secret`).
  static func context(_ path: KVPath, _ version: UInt64) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .kvSecret, table: "secret", row: "\(path)/\(version)", column: "fields",
      context: [Array(path.text.utf8), Array(String(version).utf8)], version: version)
  }
}

extension KVVersion: Masked {
  package var maskedText: String { "KVVersion(\(path), version \(version), ‹masked›)" }
}
