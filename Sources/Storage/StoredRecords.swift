package import Encodings
package import Keyring

/// What kind of document a row holds.
package enum DocumentKind: String, Sendable, CaseIterable {
  case runbook
  case integration
  case scheme
  case template
  case dataSource = "data_source"
}

/// A document as it is kept: the id, name and switches that lists and starts read stand in clear, the
/// text is sealed.
package struct StoredDocument: Equatable, Sendable {
  package var kind: DocumentKind
  package var id: String
  /// Unique within its kind.
  package var name: String
  /// Counts from 1 and grows with each save: the row's version in the envelope's context.
  package var revision: UInt64
  package var isActive: Bool
  package var updatedAt: Instant
  /// The canonical JSON text.
  package var text: Envelope
  /// The id of the entity that saved it; nil where the service itself did, or a release that did not note it.
  package var savedBy: String?

  package init(
    kind: DocumentKind, id: String, name: String, revision: UInt64, isActive: Bool, updatedAt: Instant, text: Envelope,
    savedBy: String? = nil
  ) {
    self.kind = kind
    self.id = id
    self.name = name
    self.revision = revision
    self.isActive = isActive
    self.updatedAt = updatedAt
    self.text = text
    self.savedBy = savedBy
  }

  /// How many earlier saves of one document are kept.
  package static let keptVersions = 100
}

/// An earlier save of a document, without its text.
package struct StoredDocumentVersion: Equatable, Sendable {
  package let revision: UInt64
  package let name: String
  package let isActive: Bool
  package let updatedAt: Instant
  /// As of `StoredDocument`.
  package let savedBy: String?

  package init(revision: UInt64, name: String, isActive: Bool, updatedAt: Instant, savedBy: String?) {
    self.revision = revision
    self.name = name
    self.isActive = isActive
    self.updatedAt = updatedAt
    self.savedBy = savedBy
  }
}

/// Where a write-only value belongs: a row of a method, a variable or the authentication of a runbook, a
/// credential field of an integration.
package struct SealedPlace: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case query
    case header
    case form
    case variable
    case auth
  }

  /// `method:<method id>`, `runbook:<id>`, `integration:<id>` or `mail:server`.
  package var owner: String
  package var kind: Kind
  package var name: String

  package init(owner: String, kind: Kind, name: String) {
    self.owner = owner
    self.kind = kind
    self.name = name
  }
}

/// A write-only value. `boundTo` is the text of what it is bound to (a method's canonical URL template
/// with its HTTP method), so that an invalid row can name both; it is also in the envelope's context.
package struct SealedRow: Equatable, Sendable {
  package var place: SealedPlace
  /// Grows with each entry, so that an older envelope never opens again.
  package var generation: UInt64
  package var boundTo: String
  package var updatedAt: Instant
  /// Nil where what it was bound to has changed since: the value is gone, and must be entered again.
  package var value: Envelope?

  package init(place: SealedPlace, generation: UInt64, boundTo: String, updatedAt: Instant, value: Envelope?) {
    self.place = place
    self.generation = generation
    self.boundTo = boundTo
    self.updatedAt = updatedAt
    self.value = value
  }
}

/// One version of a secret in the key/value store: path and hosts in clear, the fields sealed.
package struct StoredSecret: Equatable, Sendable {
  package var path: String
  package var version: UInt64
  /// `host:port` texts that the value may be sent to; nil where nobody named any.
  package var hosts: [String]?
  package var createdAt: Instant
  package var fields: Envelope

  package init(path: String, version: UInt64, hosts: [String]?, createdAt: Instant, fields: Envelope) {
    self.path = path
    self.version = version
    self.hosts = hosts
    self.createdAt = createdAt
    self.fields = fields
  }
}

/// A runbook's right to read a secret, bound to what its steps and methods were when it was given.
package struct StoredGrant: Equatable, Sendable {
  package var runbookID: String
  package var secretPath: String
  /// SHA-256 of the granted material (steps and methods), hex.
  package var materialHash: String
  /// `host:port` texts pinned at the grant, where the secret itself names none.
  package var hosts: [String]
  package var grantedAt: Instant
  /// The entity that gave it.
  package var grantedBy: String

  package init(
    runbookID: String, secretPath: String, materialHash: String, hosts: [String], grantedAt: Instant, grantedBy: String
  ) {
    self.runbookID = runbookID
    self.secretPath = secretPath
    self.materialHash = materialHash
    self.hosts = hosts
    self.grantedAt = grantedAt
    self.grantedBy = grantedBy
  }
}

/// A request to have a value shown, while it lasts: all of it sealed but its end.
package struct StoredReveal: Equatable, Sendable {
  package var id: String
  /// Counts from 1 and grows with each step: the row's version in the envelope's context.
  package var revision: UInt64
  package var expiresAt: Instant
  package var record: Envelope

  package init(id: String, revision: UInt64, expiresAt: Instant, record: Envelope) {
    self.id = id
    self.revision = revision
    self.expiresAt = expiresAt
    self.record = record
  }
}

/// A person who may log in: policies and what the password is compared with are sealed.
package struct StoredLogin: Equatable, Sendable {
  package var name: String
  /// Counts from 1 and grows with each save: the row's version in the envelope's context.
  package var revision: UInt64
  package var updatedAt: Instant
  package var record: Envelope

  package init(name: String, revision: UInt64, updatedAt: Instant, record: Envelope) {
    self.name = name
    self.revision = revision
    self.updatedAt = updatedAt
    self.record = record
  }
}

/// A named key: everything about it is sealed but its name.
package struct StoredNamedKey: Equatable, Sendable {
  package var name: String
  /// Counts from 1 and grows with each save: the row's version in the envelope's context.
  package var revision: UInt64
  package var updatedAt: Instant
  package var record: Envelope

  package init(name: String, revision: UInt64, updatedAt: Instant, record: Envelope) {
    self.name = name
    self.revision = revision
    self.updatedAt = updatedAt
    self.record = record
  }
}

/// The sealed material of one version of a named key.
package struct StoredKeyMaterial: Equatable, Sendable {
  package var version: UInt32
  package var material: Envelope

  package init(version: UInt32, material: Envelope) {
    self.version = version
    self.material = material
  }
}

/// A token's row: found by its keyed hash; what a decision reads stands in clear and is bound into the
/// sealed record's context.
package struct StoredToken: Equatable, Sendable {
  /// Keyed hash of the token's text (purpose `token-hash`), 32 bytes.
  package var hash: [UInt8]
  /// Keyed hash of the accessor (purpose `accessor-hash`), 32 bytes.
  package var accessorHash: [UInt8]
  package var expiresAt: Instant?
  package var remainingUses: Int?
  package var isRevoked: Bool
  package var createdAt: Instant
  /// Policies, entity, display name and the rest.
  package var record: Envelope

  package init(
    hash: [UInt8], accessorHash: [UInt8], expiresAt: Instant?, remainingUses: Int?, isRevoked: Bool,
    createdAt: Instant, record: Envelope
  ) {
    self.hash = hash
    self.accessorHash = accessorHash
    self.expiresAt = expiresAt
    self.remainingUses = remainingUses
    self.isRevoked = isRevoked
    self.createdAt = createdAt
    self.record = record
  }
}

/// A policy by name; its text is sealed.
package struct StoredPolicy: Equatable, Sendable {
  package var name: String
  package var revision: UInt64
  package var updatedAt: Instant
  package var text: Envelope

  package init(name: String, revision: UInt64, updatedAt: Instant, text: Envelope) {
    self.name = name
    self.revision = revision
    self.updatedAt = updatedAt
    self.text = text
  }
}

/// The token that an authorisation server gave for an integration with these settings; of each integration there is one.
package struct StoredIntegrationToken: Equatable, Sendable {
  package var integrationID: String
  /// In hex: a digest of everything that decides where the token comes from and where it goes.
  package var settings: String
  /// Grows with each token, so that an older envelope never opens again.
  package var generation: UInt64
  package var updatedAt: Instant
  package var record: Envelope

  package init(integrationID: String, settings: String, generation: UInt64, updatedAt: Instant, record: Envelope) {
    self.integrationID = integrationID
    self.settings = settings
    self.generation = generation
    self.updatedAt = updatedAt
    self.record = record
  }
}
