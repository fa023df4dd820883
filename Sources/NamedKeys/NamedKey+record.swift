import Encodings

extension NamedKey {
  /// The record as it is sealed: JSON (docs/spec/named-keys.md §2).
  package var record: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("name")
    json.string(name.text)
    json.key("id")
    json.string(id)
    json.key("type")
    json.string(type.rawValue)
    json.key("purpose")
    json.string(purpose.rawValue)
    json.key("derived")
    json.bool(isDerived)
    json.key("min_decryption_version")
    json.integer(Int64(versions.minimumDecryption))
    json.key("min_encryption_version")
    json.integer(Int64(versions.minimumEncryption))
    if let period = rotationPeriodSeconds {
      json.key("rotation_period")
      json.integer(period)
    }
    if let end = destroyedAt {
      json.key("destroyed_at")
      json.integer(end.millisecondsSinceEpoch)
    }
    json.key("versions")
    json.beginArray()
    for version in versions.all {
      json.beginObject()
      json.key("version")
      json.integer(Int64(version.number))
      json.key("created_at")
      json.integer(version.createdAt.millisecondsSinceEpoch)
      json.key("uses")
      json.integer(Int64(clamping: version.reservedUses))
      if let key = version.publicKey {
        json.key("public_key")
        json.string(Base64.encode(key))
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.finish()
  }

  /// The key of a record that was opened from under this name. Throws `damaged` for any other bytes.
  package init(record: [UInt8], name: KeyName) throws(NamedKeyError) {
    guard let tape = try? JSONTape(record) else { throw .damaged }
    let root = tape.root
    func text(_ key: String) -> String? { tape.member(root, key).flatMap(tape.string) }
    func integer(_ node: JSONTape.Node, _ key: String) -> Int64? { tape.member(node, key).flatMap(tape.integer) }
    guard text("name") == name.text, let id = text("id"), let type = text("type").flatMap(KeyType.init(rawValue:)),
      let purpose = text("purpose").flatMap(KeyPurpose.init(rawValue:)),
      let isDerived = tape.member(root, "derived").flatMap(tape.bool),
      let decryption = integer(root, "min_decryption_version").flatMap(UInt32.init(exactly:)),
      let encryption = integer(root, "min_encryption_version").flatMap(UInt32.init(exactly:)),
      let list = tape.member(root, "versions")
    else { throw .damaged }
    var all: [KeyVersion] = []
    for node in tape.children(list) {
      guard let number = integer(node, "version").flatMap(UInt32.init(exactly:)),
        let created = integer(node, "created_at"), let uses = integer(node, "uses").flatMap(UInt64.init(exactly:))
      else { throw .damaged }
      let publicKey = tape.member(node, "public_key").flatMap(tape.string).flatMap { Base64.decode($0) }
      all.append(
        KeyVersion(
          number: number, createdAt: Instant(millisecondsSinceEpoch: created), publicKey: publicKey,
          reservedUses: uses))
    }
    try self.init(
      name: name, id: id, type: type, purpose: purpose, isDerived: isDerived,
      versions: KeyVersions(all: all, minimumDecryption: decryption, minimumEncryption: encryption),
      rotationPeriodSeconds: integer(root, "rotation_period"),
      destroyedAt: integer(root, "destroyed_at").map { Instant(millisecondsSinceEpoch: $0) })
  }
}
