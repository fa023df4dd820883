/// What opens a data folder.
package enum SealKind: String, Sendable, CaseIterable {
  /// A key file that an operator keeps apart from the data.
  case keyFile = "key-file"
  /// A key file in the data folder itself: for development only.
  case dev
  /// A passphrase that a person knows.
  case passphrase

  var code: UInt8 {
    switch self {
    case .keyFile: 1
    case .dev: 2
    case .passphrase: 3
    }
  }
}

/// What an operator brings to open a seal, or to make one.
package enum SealCredential: Sendable {
  /// The path of a key file. At `initialise` and `addKeyFileSeal` one is made when nothing is there.
  case keyFile(path: String)
  /// The development seal's own key file in the data folder.
  case dev
  /// A passphrase, in guarded memory.
  case passphrase(Passphrase)
}

/// One seal of a folder: its kind and its name.
package struct SealDescription: Equatable, Sendable {
  /// What opens it.
  package let kind: SealKind
  /// The public name of its key file; of a passphrase seal, its own.
  package let id: KeyFileID
}
