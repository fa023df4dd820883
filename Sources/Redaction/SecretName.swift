/// What people see of a secret: a name, and a pseudonym of its handle.
///
/// Neither may depend on the secret's value. The name is chosen by whoever stores the secret; the pseudonym is a keyed
/// hash of the handle (path and version, or run and origin), so that equal masks mean equal handles and nothing else.
/// Both are made harmless here: whatever is passed, the text is bounded and cannot imitate or break a mask.
package struct SecretName: Hashable, Sendable {
  /// The longest name text, in bytes of UTF-8.
  package static let maximumTextBytes = 48
  /// Characters of every pseudonym.
  package static let pseudonymCount = 4

  /// The name: letters, digits and `_ - . / : ^`; never empty.
  package let text: String
  /// Four characters of `0-9 a-z`.
  package let pseudonym: String

  /// A name for masks. Characters outside the allowed ones become `_`; a text over the bound is cut and ends in `~`;
  /// an empty one becomes `secret`. A pseudonym that is not four characters of `0-9 a-z` is filled up with `0`.
  package init(_ text: String, pseudonym: String) {
    self.text = SecretName.harmless(text)
    var kept = String(
      pseudonym.unicodeScalars.prefix(SecretName.pseudonymCount).map { Character(SecretName.pseudonymScalar($0)) })
    while kept.unicodeScalars.count < SecretName.pseudonymCount { kept.append("0") }
    self.pseudonym = kept
  }

  /// A name for masks, with the pseudonym spelled from the first 20 bits of a keyed hash of the handle.
  /// The hash must be keyed with the installation's key: a bare hash of a guessable handle can be confirmed offline.
  package init(_ text: String, keyedHash: some Collection<UInt8>) {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    var bits = keyedHash.prefix(3).reduce(into: UInt32(0)) { $0 = $0 << 8 | UInt32($1) }
    var spelled = ""
    for _ in 0..<SecretName.pseudonymCount {
      spelled.append(alphabet[Int(bits & 31)])
      bits >>= 5
    }
    self.init(text, pseudonym: spelled)
  }

  /// The name under which everything is masked that could not be scanned.
  package static let withheld = SecretName("withheld", pseudonym: "0000")

  private static func harmless(_ text: String) -> String {
    var kept = ""
    var byteCount = 0
    for scalar in text.unicodeScalars {
      let next: Unicode.Scalar = isAllowed(scalar) ? scalar : "_"
      let width = UTF8.width(next)
      if byteCount + width >= maximumTextBytes {
        kept.append("~")
        break
      }
      kept.unicodeScalars.append(next)
      byteCount += width
    }
    return kept.isEmpty ? "secret" : kept
  }

  /// Letters and digits of any script, and a few separators. Spaces, controls, marks that combine, bidirectional
  /// controls, and the mask's own brackets and dot are not.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .decimalNumber: true
    default: "_-./:^".unicodeScalars.contains(scalar)
    }
  }

  private static func pseudonymScalar(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "0"..."9", "a"..."z": scalar
    default: "0"
    }
  }
}
