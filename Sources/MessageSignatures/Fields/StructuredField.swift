import Encodings

/// Structured field values for HTTP (RFC 9651), whose types have the names of that document.
///
/// Own code, and not a library: a key that is there twice is refused, which a parser that keeps the last one (as
/// RFC 9651 §4.2.2 allows) cannot tell any more. Where two readers of one message may keep different ones, what one
/// of them verified is not what the other one uses.
package enum StructuredField {
  /// A bare item (§3.3).
  package enum BareItem: Hashable, Sendable {
    /// Within ±999 999 999 999 999.
    case integer(Int64)
    /// In thousandths, within ±999 999 999 999.999.
    case decimal(thousandths: Int64)
    /// Printable ASCII.
    case string(String)
    case token(String)
    case bytes([UInt8])
    case boolean(Bool)
    /// Seconds since 1970-01-01T00:00:00Z.
    case date(Int64)
    /// Any Unicode text.
    case displayString(String)
  }

  /// One parameter of an item or an inner list (§3.1.2).
  package struct Parameter: Hashable, Sendable {
    package let key: String
    package let value: BareItem

    /// A key that RFC 9651 does not allow is the caller's bug, and would be refused by whoever reads it.
    package init(_ key: String, _ value: BareItem) {
      self.key = key
      self.value = value
    }
  }

  /// An item with its parameters in order (§3.3).
  package struct Item: Hashable, Sendable {
    package let value: BareItem
    package let parameters: [Parameter]

    package init(_ value: BareItem, _ parameters: [Parameter] = []) {
      self.value = value
      self.parameters = parameters
    }
  }

  /// An inner list with its parameters in order (§3.1.1).
  package struct InnerList: Hashable, Sendable {
    package let items: [Item]
    package let parameters: [Parameter]

    package init(_ items: [Item], _ parameters: [Parameter] = []) {
      self.items = items
      self.parameters = parameters
    }
  }

  /// What stands in a list, or as the value of a dictionary (§3.1, §3.2).
  package enum Member: Hashable, Sendable {
    case item(Item)
    case innerList(InnerList)
  }

  /// A dictionary in order; no key twice (§3.2).
  package struct Dictionary: Hashable, Sendable {
    /// One member with its key.
    package struct Entry: Hashable, Sendable {
      package let key: String
      package let member: Member
    }

    package let entries: [Entry]

    package init(_ entries: [(key: String, member: Member)]) {
      self.entries = entries.map { Entry(key: $0.key, member: $0.member) }
    }

    /// The member of this key; nil when there is none.
    package subscript(key: String) -> Member? { entries.first { $0.key == key }?.member }
  }

  /// The three types that a field as a whole can have (§1).
  package enum FieldType: Hashable, Sendable { case list, dictionary, item }

  /// Why a text is no structured field that we read. Offsets are in bytes; no content is carried.
  package enum Fault: Error, Hashable, Sendable {
    /// A byte that cannot stand there, or a value out of range.
    case malformed(at: Int)
    /// A key that the same dictionary or the same parameters already have.
    case repeatedKey(at: Int)
    /// More bytes, members, items or parameters than `MessageSignatureLimits` allows.
    case tooMuch
  }

  /// The bytes of a key may be `a-z 0-9 _ - . *`, and the first `a-z` or `*` (§3.1.2).
  static func isKey(_ key: some Collection<UInt8>) -> Bool {
    guard let first = key.first, isKeyStart(first) else { return false }
    return key.allSatisfy(isKeyByte)
  }

  static func isKeyStart(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || byte == 0x2A }

  static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x30...0x39, 0x5F, 0x2D, 0x2E, 0x2A: true
    default: false
    }
  }

  /// `tchar` of RFC 9110 §5.6.2.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: true
    case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
    default: false
    }
  }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
