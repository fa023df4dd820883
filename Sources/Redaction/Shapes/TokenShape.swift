/// One well-known way of writing a credential, as data (docs/spec/token-shapes.md).
package struct TokenShape: Sendable {
  /// Stable, in lower case with hyphens: what a mask or a report calls it.
  package var name: String
  /// The ways in which it is written; any of them is a match.
  package var forms: [TokenForm]
  /// What must also hold for a text of one of the forms.
  package var check: TokenCheck
  /// What may not stand directly before it.
  package var before: TokenAlphabet
  /// Where the format is described.
  package var source: StaticString

  /// A shape of `forms`, by default at a word's beginning and without a check.
  init(
    _ name: String, _ source: StaticString, check: TokenCheck = .none, before: TokenAlphabet = .word,
    _ forms: TokenForm...
  ) {
    self.init(name, source, check: check, before: before, forms: forms)
  }

  /// As the other, with an array of forms.
  package init(
    _ name: String, _ source: StaticString, check: TokenCheck = .none, before: TokenAlphabet = .word, forms: [TokenForm]
  ) {
    self.name = name
    self.source = source
    self.check = check
    self.before = before
    self.forms = forms
  }
}

/// A sequence of texts and runs of characters, or one of the forms that need more than that.
package enum TokenForm: Sendable {
  /// All parts, one behind the other.
  case parts([TokenPart])
  /// Only the parts match, but only behind this word (in just this spelling) and one to sixteen separators. The word's
  /// two bytes at `anchor` are what the search looks for, so they should be rare.
  case keyed(word: String, anchor: Int, [TokenPart])
  /// A private key between lines of dashes (RFC 7468 and its relatives).
  case privateKeyBlock
  /// A card number (ISO/IEC 7812), bare or in its groups.
  case cardNumber
  /// An account number (ISO 13616), bare or in groups of four.
  case accountNumber
}

/// A part of a form.
package enum TokenPart: Sendable, Equatable {
  /// Exactly this text.
  case text(String)
  /// Exactly so many characters.
  case exactly(Int, TokenAlphabet)
  /// As many characters as there are, which must be so many.
  case run(ClosedRange<Int>, TokenAlphabet)

  /// The most bytes that it matches.
  var longest: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .exactly(let count, _): count
    case .run(let counts, _): counts.upperBound
    }
  }
}

/// A rule beyond characters and lengths.
package enum TokenCheck: Sendable, Equatable {
  case none
  /// The last six characters are the CRC-32 of what lies between the first `_` and them, in base 62.
  case base62Checksum
  /// The last seven characters are the CRC-32 of all before them in base 36; the two before those are the count of the
  /// characters from the first `-` (and, of a runner's token, the `t1_` behind it) to the first `.`, in base 36.
  case routableChecksum
  /// Behind the last `_` stands the CRC-32 of all before it, least byte first, in hexadecimal.
  case trailingHexChecksum
  /// The twelve digits of an account are in the base 32 behind the first four characters.
  case base32Account
  /// The first part is base64url of a JSON object with a string `alg`.
  case jsonHeader
  /// Bech32 (BIP 173) over the whole text, in upper case.
  case bech32
  /// The first part is base64 of a decimal number.
  case base64Number
  /// Base 64 of a whole number of bytes, the unused bits zero (RFC 4648 §3.5).
  case canonicalBase64
  /// A lower-case letter, an upper-case letter and a digit at least: excludes words, names and hexadecimal.
  case mixedCharacters
}

/// A place of a text that has a shape. It holds no text.
package struct TokenMatch: Hashable, Sendable {
  /// Offsets into the text that was searched.
  package var range: Range<Int>
  /// The name of the shape.
  package var shape: String
}
