/// What opens a data folder.
package enum SealKind: String, Sendable, CaseIterable {
  /// A key file that an operator keeps apart from the data.
  case keyFile = "key-file"
  /// A key file in the data folder itself: for development only.
  case dev

  var code: UInt8 {
    switch self {
    case .keyFile: 1
    case .dev: 2
    }
  }
}

/// What an operator brings to open a seal, or to make one.
package enum SealCredential: Equatable, Sendable {
  /// The path of a key file. At `initialise` and `addKeyFileSeal` one is made when nothing is there.
  case keyFile(path: String)
  /// The development seal's own key file in the data folder.
  case dev
}

/// One seal of a folder: its kind and the name of the key file that opens it.
package struct SealDescription: Equatable, Sendable {
  /// What opens it.
  package let kind: SealKind
  /// The public name of its key file.
  package let keyFile: KeyFileID
}
