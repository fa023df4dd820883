/// What a key is for. One row of `keys/purposes.yaml` each; a test compares the two, and no key is derived for a
/// purpose that is not in this list.
package enum Purpose: String, CaseIterable, Sendable {
  case parameter
  case credential
  case variable
  case kvSecret = "kv-secret"
  case persistedVariable = "persisted-variable"
  case tokenRecord = "token-record"
  case revealRecord = "reveal-record"
  case loginRecord = "login-record"
  case namedKeyRecord = "named-key-record"
  case namedKeyMaterial = "named-key-material"
  case integrationToken = "integration-token"
  case document
  case policy
  case runValue = "run-value"
  case runEvent = "run-event"
  case tokenHash = "token-hash"
  case accessorHash = "accessor-hash"
  case auditHash = "audit-hash"
  case maskPseudonym = "mask-pseudonym"
  case ledgerHead = "ledger-head"
  case anchorCheckpoint = "anchor-checkpoint"
  case endpointDecoy = "endpoint-decoy"
  case runKeysKek = "run-keys-kek"
  case valueCommitment = "value-commitment"
  case searchToken = "search-token"
  case replayEpoch = "replay-epoch"

  /// What the key is used with. A purpose has one algorithm, for ever.
  package enum Algorithm: String, Sendable {
    /// `docs/spec/envelope.md`, suite 1.
    case envelope = "xchacha20-poly1305-committed"
    /// BLAKE2b-256, keyed.
    case keyedHash = "blake2b-256-keyed"
    /// The seed of an Ed25519 key pair.
    case ed25519Seed = "ed25519-seed"
    /// 32 bytes handed to the room that uses them.
    case secret = "secret-32"
    /// The blocks of the run-key file, `docs/spec/run-keys.md`.
    case blockEncryption = "xchacha20-poly1305-committed-blocks"
  }

  /// Which key the purpose key is derived from, and so when it changes.
  package enum Rotation: String, Sendable {
    /// The keyring's term: new values under the current one, old terms still open.
    case term
    /// The installation key: stays as long as the keyring; a hash made today must be found again tomorrow.
    case installation
    /// The run key: as long as the run is kept, then shredded.
    case run
    /// The current term and a salt drawn at each rewrite of the run-key file.
    case rewrite
  }

  /// What a key of this purpose is used with.
  package var algorithm: Algorithm {
    switch self {
    case .parameter, .credential, .variable, .kvSecret, .persistedVariable, .tokenRecord, .revealRecord, .loginRecord,
      .namedKeyRecord, .namedKeyMaterial, .integrationToken, .document, .policy, .runValue, .runEvent:
      .envelope
    case .tokenHash, .accessorHash, .auditHash, .maskPseudonym, .anchorCheckpoint, .valueCommitment, .searchToken,
      .replayEpoch:
      .keyedHash
    case .ledgerHead: .ed25519Seed
    case .endpointDecoy: .secret
    case .runKeysKek: .blockEncryption
    }
  }

  /// Where a key of this purpose comes from, and so when it changes.
  package var rotation: Rotation {
    switch self {
    case .parameter, .credential, .variable, .kvSecret, .persistedVariable, .tokenRecord, .revealRecord, .loginRecord,
      .namedKeyRecord, .namedKeyMaterial, .integrationToken, .document, .policy:
      .term
    case .tokenHash, .accessorHash, .auditHash, .maskPseudonym, .ledgerHead, .anchorCheckpoint, .endpointDecoy,
      .replayEpoch:
      .installation
    case .runValue, .runEvent, .valueCommitment, .searchToken: .run
    case .runKeysKek: .rewrite
    }
  }

  /// The fields of the context, in their order; a context of another number of fields is refused.
  package var contextFields: [String] {
    switch self {
    case .parameter:
      ["method id", "kind", "name", "http method", "trust settings", "canonical url template", "generation"]
    case .credential: ["owner kind", "owner id", "field", "generation"]
    case .variable: ["runbook id", "name", "generation"]
    case .kvSecret: ["path", "version"]
    case .persistedVariable: ["runbook id", "name"]
    case .document: ["kind", "id"]
    case .policy, .namedKeyRecord: ["name"]
    case .namedKeyMaterial: ["key id", "version"]
    case .integrationToken: ["integration id", "settings digest", "generation"]
    case .runValue, .runEvent, .valueCommitment: ["run id"]
    case .searchToken: ["day"]
    case .replayEpoch: ["runbook id", "form"]
    case .runKeysKek: ["salt"]
    case .tokenRecord, .revealRecord, .loginRecord, .tokenHash, .accessorHash, .auditHash, .maskPseudonym, .ledgerHead,
      .anchorCheckpoint,
      .endpointDecoy:
      []
    }
  }

  /// The place of the purpose's key among those of a term. Not stored anywhere.
  var index: Int {
    switch self {
    case .parameter: 0
    case .credential: 1
    case .variable: 2
    case .kvSecret: 3
    case .persistedVariable: 4
    case .tokenRecord: 5
    case .runValue: 6
    case .runEvent: 7
    case .tokenHash: 8
    case .accessorHash: 9
    case .auditHash: 10
    case .maskPseudonym: 11
    case .ledgerHead: 12
    case .endpointDecoy: 13
    case .runKeysKek: 14
    case .document: 15
    case .policy: 16
    case .anchorCheckpoint: 17
    case .revealRecord: 18
    case .loginRecord: 19
    case .valueCommitment: 20
    case .namedKeyRecord: 21
    case .namedKeyMaterial: 22
    case .integrationToken: 23
    case .searchToken: 24
    case .replayEpoch: 25
    }
  }
}
