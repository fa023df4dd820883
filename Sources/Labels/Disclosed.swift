package import Destinations
package import Encodings

/// Text that may be shown: the only text that writers of logs, pages and answers take.
///
/// It comes from `DiscloseDoor`, or is made here from what is public by its type: constant text, numbers, names of
/// documents, hosts, instants, and faults, which hold no content.
package struct Disclosed: Hashable, Sendable {
  package let text: String

  /// Only the disclose door and the initialisers below vouch for a text.
  init(vouched text: String) { self.text = text }

  /// Constant text of the program.
  package init(fact: StaticString) { self.init(vouched: fact.description) }

  package init(number: some FixedWidthInteger) { self.init(vouched: String(number)) }

  package init(_ name: PublicName) { self.init(vouched: name.text) }

  package init(_ instant: Instant) { self.init(vouched: instant.rfc3339) }

  package init(_ host: HostPort) { self.init(vouched: host.description) }

  package init(_ id: ValueID) { self.init(vouched: "value \(id.raw)") }

  package init(_ origin: Origin) { self.init(vouched: origin.sentence) }

  package init(_ fault: ValueFault) { self.init(vouched: fault.message) }

  package init(_ refusal: DoorRefusal) { self.init(vouched: refusal.message) }

  /// All pieces in order.
  package init(joining pieces: some Sequence<Disclosed>, separator: StaticString = "") {
    self.init(vouched: pieces.map(\.text).joined(separator: separator.description))
  }

  package static func + (left: Disclosed, right: Disclosed) -> Disclosed { Disclosed(vouched: left.text + right.text) }
}

extension Disclosed: CustomStringConvertible {
  package var description: String { text }
}

/// A name that stands in a document or an account and is therefore public: a runbook, a step, a variable, a method, a
/// path of the key/value store, an entity, an id that the service made. Never a value, a header's content, or anything
/// that came over the network.
package struct PublicName: Hashable, Sendable {
  package let text: String

  /// The longest name in UTF-8 bytes; a longer one is cut.
  package static let maximumBytes = 512

  /// - Parameter documentName: control characters become U+FFFD, so that a name cannot begin a line of its own.
  package init(documentName: String) {
    var text = ""
    var size = 0
    for scalar in documentName.unicodeScalars {
      let isControl =
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value)
      let kept: Unicode.Scalar = isControl ? "\u{FFFD}" : scalar
      size += String(kept).utf8.count
      if size > Self.maximumBytes { break }
      text.unicodeScalars.append(kept)
    }
    self.text = text
  }
}
