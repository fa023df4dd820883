package import NamedKeys

/// A step that has a named key do something inside the service: nothing leaves, and the key's bytes go nowhere.
package struct KeyStep: Equatable, Sendable {
  /// What the key does.
  package enum Work: String, Sendable, CaseIterable {
    case sign
    case verify
    case encrypt
    case decrypt
  }

  /// A signature of the bare message in the form of others.
  package struct BareForm: Equatable, Sendable {
    /// As documents write it: `hmac-sha256`, `ecdsa-p256-sha256-p1363`.
    package var algorithm: String
    package var way: BareSigner.Way
    /// Hexadecimal digits in the place of base 64.
    package var isHex: Bool

    package init?(algorithm: String, isHex: Bool) {
      guard let way = BareSigner.Way(name: algorithm) else { return nil }
      self.algorithm = algorithm
      self.way = way
      self.isHex = isHex
    }
  }

  package var work: Work
  package var key: KeyReference
  /// The message; for `decrypt` the ciphertext.
  package var message: Template
  /// Whether the message, or the plaintext that comes out, is base 64 of the bytes that are meant.
  package var isBase64: Bool
  /// `verify`: what the key made of the message.
  package var signature: Template?
  /// `encrypt`, `decrypt`: what the ciphertext is bound to.
  package var associatedData: Template?
  /// Of a derived key.
  package var context: Template?
  /// `sign`, `verify`: how a key for messages signs; nil: as keys for signing do, bound to the key.
  package var bare: BareForm?
  /// Runbook variables set from what came out, which `response` holds.
  package var outputs: [VariableBinding]

  package init(
    work: Work, key: KeyReference, message: Template, isBase64: Bool = false, signature: Template? = nil,
    associatedData: Template? = nil, context: Template? = nil, bare: BareForm? = nil, outputs: [VariableBinding] = []
  ) {
    self.work = work
    self.key = key
    self.message = message
    self.isBase64 = isBase64
    self.signature = signature
    self.associatedData = associatedData
    self.context = context
    self.bare = bare
    self.outputs = outputs
  }

  /// The member of `response` that holds what came out; nil for `verify`, whose answer is the edge.
  package var resultName: String? {
    switch work {
    case .sign: "signature"
    case .verify: nil
    case .encrypt: "ciphertext"
    case .decrypt: "plaintext"
    }
  }

  /// The operation that must be granted.
  package var keyUse: KeyUse {
    switch work {
    case .sign: KeyUse(key.name, bare?.way.isMAC == true ? .hmac : .sign)
    case .verify: KeyUse(key.name, .verify)
    case .encrypt: KeyUse(key.name, .encrypt)
    case .decrypt: KeyUse(key.name, .decrypt)
    }
  }

  /// What it reads, with the key under which each stands in the document.
  package var reads: [(key: String, path: VariablePath)] {
    templates.flatMap { key, template in template.placeholders.map { (key, $0.path) } }
  }

  /// The settings with placeholders, by their key in the document.
  package var templates: [(key: String, template: Template)] {
    [
      (work == .decrypt ? "ciphertext" : "message", message), ("signature", signature),
      ("associated_data", associatedData), ("context", context),
    ].compactMap { key, template in template.map { (key, $0) } }
  }
}

extension BareSigner.Way {
  /// Whether whoever verifies has the same secret as whoever signs.
  package var isMAC: Bool { if case .hmac = self { true } else { false } }
}
