package import Encodings
package import Webhooks

/// One of the keys by which signatures at an endpoint are checked. During a rotation there are two.
package struct SignatureKey: Equatable, Sendable {
  /// What the log says when it matched, and the name to enter it under.
  package var name: String
  package var source: CredentialSource
  /// How the key is written; nil: as the scheme says, else as text.
  package var encoding: KeyEncoding?
  /// For certificates: the address under which the sender publishes it.
  package var url: String?
  /// The first and the last instant at which it counts; nil for no beginning and no end.
  package var notBefore: Instant?
  package var notAfter: Instant?

  /// The name of the only key of an endpoint that has `key` and no `keys`.
  package static let onlyName = "key"

  package init(
    name: String = onlyName, source: CredentialSource = .entered, encoding: KeyEncoding? = nil, url: String? = nil,
    notBefore: Instant? = nil, notAfter: Instant? = nil
  ) {
    self.name = name
    self.source = source
    self.encoding = encoding
    self.url = url
    self.notBefore = notBefore
    self.notAfter = notAfter
  }

  /// Whether it says no more than `key:` can.
  var isPlain: Bool { self == SignatureKey(source: source) }
}
