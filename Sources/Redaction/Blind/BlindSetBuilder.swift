package import Cryptography

/// Makes a blind set of secrets. It never holds the secrets themselves: each becomes its record at once.
package struct BlindSetBuilder {
  private let key: BlindKey
  private let keepsNames: Bool
  private let random: RandomSource
  private var records: [UInt8] = []
  private var names: [UInt8] = []
  /// Secrets taken so far.
  package private(set) var count = 0

  /// A builder without secrets. `key` must be used for this set only.
  package init(key: BlindKey, keepsNames: Bool, random: RandomSource = .system) {
    self.key = key
    self.keepsNames = keepsNames
    self.random = random
  }

  /// Takes a secret, or says why not. White space around it is not part of it. `name` is kept only by a set with names.
  package mutating func add(_ secret: some Collection<UInt8>, name: SecretName) -> BlindRefusal? {
    let core = SecretForms.trimmed(Array(secret))
    if let refusal = BlindStrength.refusal(of: core) { return refusal }
    guard count < BlindSet.maximumSecrets else { return .tooMany(maximum: BlindSet.maximumSecrets) }
    if keepsNames {
      let shown = name.text.utf8.map(SecretForms.lowerCased)
      if shown.firstRange(of: core.map(SecretForms.lowerCased)) != nil { return .nameShowsSecret }
      names.append(UInt8(truncatingIfNeeded: name.text.utf8.count))
      names += name.text.utf8
    }
    appendRecord(core)
    count += 1
    return nil
  }

  /// The content of the set's file.
  package func build() -> [UInt8] {
    var bytes = BlindSet.magic + key.identifier
    bytes += BlindSetBuilder.bigEndian(count, bytes: 4) + BlindSetBuilder.bigEndian(names.count, bytes: 4)
    bytes += records
    bytes += names
    return bytes + key.check(of: bytes)
  }

  private mutating func appendRecord(_ core: [UInt8]) {
    let rounded = BlindSet.rounded(core.count)
    records += BlindSetBuilder.bigEndian(rounded, bytes: 2)
    records.append(core.allSatisfy(BlindForm.isWordlike) ? 1 : 0)
    let pad = key.pad(secret: count)
    let hasher = BlindWindowHasher(key)
    for form in BlindForm.allCases {
      guard let bytes = form.bytes(of: core) else {
        // A form that does not exist looks like any other and matches nothing.
        records += random.make(3).enumerated().map { $0 == 0 ? $1 & 0x0F : $1 } + random.make(16)
        continue
      }
      let start = form.windowStart(rounded: rounded)
      let filter = hasher.value(of: bytes[start..<start + form.windowCount])
      let hidden = BlindSetBuilder.bigEndian(Int(filter), bytes: 3)
      let mask = pad[3 * Int(form.rawValue)..<3 * Int(form.rawValue) + 3]
      records += zip(hidden, mask).enumerated().map { $0 == 0 ? ($1.0 ^ $1.1) & 0x0F : $1.0 ^ $1.1 }
      let tag = bytes.withRawBytes { key.tag(form, $0) }
      records += BlindSetBuilder.bigEndian(tag.high) + BlindSetBuilder.bigEndian(tag.low)
    }
  }

  private static func bigEndian(_ number: Int, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * (bytes - 1 - $0))) }
  }

  private static func bigEndian(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
  }
}

extension BlindSetBuilder: MaskedPrinting {}
