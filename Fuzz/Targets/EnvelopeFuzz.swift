import Cryptography
import Encodings
import Glibc
import Keyring

extension FuzzTarget {
  /// The first byte says whether what follows is an envelope, or changes to a good one: place (two bytes) and what to
  /// add to the bits there.
  static let envelope = FuzzTarget(name: "envelope") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    let good = Sealed.good
    var candidate = good.envelope.bytes
    if input.byte() & 1 == 0 {
      candidate = input.all()
    } else {
      while !input.isEmpty {
        let place = (Int(input.byte()) << 8 | Int(input.byte())) % (candidate.count + 32)
        let bits = input.byte()
        if place < candidate.count {
          candidate[place] ^= bits
        } else if bits & 1 == 0 {
          candidate.removeLast(min(candidate.count, place % 32 + 1))
        } else {
          candidate += [UInt8](repeating: bits, count: place % 32 + 1)
        }
        if candidate.count > 100_000 || candidate.isEmpty { return }
      }
    }
    guard let envelope = try? Envelope(parsing: candidate) else {
      try hold(candidate != good.envelope.bytes, "a good envelope is not read")
      return
    }
    try hold(envelope.bytes == candidate, "an envelope holds other bytes than were read")
    let opened = try? good.keyring.open(envelope, in: good.context)
    if candidate == good.envelope.bytes {
      try hold(opened == Sealed.plaintext, "a good envelope does not open")
      var other = good.context
      other.version += 1
      try hold((try? good.keyring.open(envelope, in: other)) == nil, "it opens in another context")
    } else {
      try hold(opened == nil, "a changed envelope opens")
      try hold((try? good.keyring.openGuarded(envelope, in: good.context)) == nil, "a changed envelope opens guarded")
    }
  }
}

private struct Sealed: Sendable {
  static let plaintext = Array("what the envelope holds".utf8)
  static let good = make()

  let keyring: Keyring
  let context: EnvelopeContext
  let envelope: Envelope

  /// In a folder that is removed at once: the keyring needs it no more.
  private static func make() -> Sealed {
    var template = Array("/tmp/chancery-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no folder for the keyring") }
    let bytes = template.dropLast().map { UInt8(bitPattern: $0) }
    let folder = String(decoding: bytes, as: UTF8.self)
    let context = EnvelopeContext(
      purpose: .kvSecret, table: "secret", row: "1", column: "fields",
      context: Array(repeating: [1], count: Purpose.kvSecret.contextFields.count), version: 1)
    do {
      let keyring = try KeyringFolder(folder + "/data").initialise(
        seal: .dev, at: Instant(secondsSinceEpoch: 1_800_000_000))
      return Sealed(keyring: keyring, context: context, envelope: try keyring.seal(plaintext, in: context))
    } catch {
      preconditionFailure("no keyring")
    }
  }
}
