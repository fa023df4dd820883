internal import Cryptography
internal import Encodings

/// The file `seal/keyring`: the installation key and the terms under the root key (`docs/spec/keyring.md`). Header
/// (5) · installation id (16) · commitment (32) · nonce (24) · ciphertext · tag (16); inside: installation key (32) ·
/// current term (4) · count (4) · for each term its number (4), time (8), reserved uses (8) and key (32).
enum KeyringFile {
  static let maximumTerms = 4096
  static let byteLimit = headerCount + CommittedBox.overhead + preambleCount + maximumTerms * recordCount

  private static let headerCount = FileHeader.count + 16
  private static let preambleCount = 32 + 4 + 4
  private static let recordCount = 4 + 8 + 8 + 32
  private static let label: StaticString = "chancery keyring v1"

  /// The bytes of the file, with the given reservations (by term) instead of the present ones.
  static func encode(_ keyring: OpenKeyring, reserving reservations: [UInt32: UInt64], random: RandomSource) -> [UInt8]
  {
    let header = FileHeader.keyring.bytes + keyring.installation
    let contentCount = preambleCount + keyring.terms.count * recordCount
    // The keys stand in this buffer before they are encrypted in place, so the buffer is secret memory.
    let box = GuardedBytes(count: CommittedBox.overhead + contentCount) { box in
      random.fill(CommittedBox.nonce(of: box))
      var writer = RawWriter(CommittedBox.content(of: box))
      keyring.installationKey.withBytes { writer.append($0) }
      writer.append(keyring.current.number)
      writer.append(UInt32(keyring.terms.count))
      for term in keyring.terms {
        writer.append(term.number)
        writer.append(UInt64(bitPattern: term.createdAt.millisecondsSinceEpoch))
        writer.append(reservations[term.number] ?? term.reservedUses)
        term.key.withBytes { writer.append($0) }
      }
      keyring.root.withBytes { root in
        header.withRawBytes { header in
          CommittedBox.sealInPlace(
            box, label: label, key: root, header: header, data: UnsafeRawBufferPointer(start: nil, count: 0))
        }
      }
    }
    return header + box.withBytes { Array($0) }
  }

  /// Throws `damaged`, `newerFormat` or `mixedInstallations`.
  static func decode(
    _ bytes: [UInt8], root: GuardedBytes, installation: [UInt8]
  ) throws(KeyringError) -> OpenKeyring {
    try FileHeader.keyring.check(bytes)
    let contentCount = bytes.count - headerCount - CommittedBox.overhead
    guard contentCount >= preambleCount + recordCount, (contentCount - preambleCount).isMultiple(of: recordCount) else {
      throw .damaged(.keyring)
    }
    guard bytes[FileHeader.count..<headerCount].elementsEqual(installation) else { throw .mixedInstallations }
    let content = try GuardedBytes(count: contentCount) { (output) throws(KeyringError) in
      let outcome = bytes.withRawBytes { bytes in
        root.withBytes { root in
          CommittedBox.open(
            UnsafeRawBufferPointer(rebasing: bytes[headerCount...]), into: output, label: label, key: root,
            header: UnsafeRawBufferPointer(rebasing: bytes[..<headerCount]),
            data: UnsafeRawBufferPointer(start: nil, count: 0))
        }
      }
      guard case .opened = outcome else { throw .damaged(.keyring) }
    }
    return try content.withBytes { (content) throws(KeyringError) in
      try keyring(from: content, root: root, installation: installation)
    }
  }

  private static func keyring(
    from content: UnsafeRawBufferPointer, root: GuardedBytes, installation: [UInt8]
  ) throws(KeyringError) -> OpenKeyring {
    let installationKey = guarded(content[0..<32])
    let currentNumber = number32(content, at: 32)
    let count = Int(number32(content, at: 36))
    guard count == (content.count - preambleCount) / recordCount, count <= maximumTerms else {
      throw .damaged(.keyring)
    }
    let terms = (0..<count).map { index in
      let start = preambleCount + index * recordCount
      return Term(
        number: number32(content, at: start),
        createdAt: Instant(millisecondsSinceEpoch: Int64(bitPattern: number64(content, at: start + 4))),
        key: guarded(content[(start + 20)..<(start + 52)]), uses: number64(content, at: start + 12))
    }
    guard zip(terms, terms.dropFirst()).allSatisfy({ $0.number < $1.number }), terms.first?.number != 0,
      let current = terms.first(where: { $0.number == currentNumber })
    else { throw .damaged(.keyring) }
    return OpenKeyring(
      root: root, installation: installation, installationKey: installationKey, terms: terms, current: current)
  }

  private static func guarded(_ bytes: Slice<UnsafeRawBufferPointer>) -> GuardedBytes {
    GuardedBytes(copying: bytes, placement: .guardedPages)
  }

  private static func number32(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
    UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  private static func number64(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}

/// Writes fields one behind another into given memory.
struct RawWriter {
  private let buffer: UnsafeMutableRawBufferPointer
  private var offset = 0

  init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyMemory(from: bytes)
    offset += bytes.count
  }

  /// Big-endian.
  mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.bigEndian) { append($0) }
  }
}
