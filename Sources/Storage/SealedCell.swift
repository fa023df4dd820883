package import Keyring

/// The tables with values under the keyring. Values of runs are under keys of their own, which are destroyed and never
/// rotated.
package enum SealedTable: String, CaseIterable, Sendable {
  case bundle
  case document
  case documentVersion = "document_version"
  case integrationToken = "integration_token"
  case keptVariable = "kept_variable"
  case login
  case namedKey = "named_key"
  case namedKeyVersion = "named_key_version"
  case policy
  case reveal
  case sealedRow = "sealed_row"
  case secret
  case token
}

/// One sealed column of one row: what a re-seal moves from an older term to the current one.
package struct SealedCell: Sendable, Equatable {
  package let table: SealedTable
  /// The row's key, column by column, without its version; bytes stand in hex.
  package let key: [String]
  /// The version in the envelope's context; 1 where the table has none.
  package let version: UInt64
  package let envelope: Envelope

  package init(table: SealedTable, key: [String], version: UInt64, envelope: Envelope) {
    self.table = table
    self.key = key
    self.version = version
    self.envelope = envelope
  }
}
