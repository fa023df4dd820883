/// Why a file is not a blind set that can be used. The sentences say what to do; they hold nothing of the file.
package enum BlindSetFault: Error, Hashable, Sendable {
  case notASet
  case otherVersion(Int)
  case truncated(bytes: Int, expected: Int)
  case tooLong(bytes: Int, expected: Int)
  case tooLarge(secrets: Int, maximum: Int)
  case otherKey
  case altered
  /// A record that no set can have; only a faulty program makes one with a right check.
  case badRecord(number: Int)

  /// The reason and what to do, for people.
  package var sentence: String {
    switch self {
    case .notASet: "this is no blind set; make one with --make-patterns"
    case .otherVersion(let version):
      "this blind set has version \(version), and only version 1 is known here; make it again with this release"
    case .truncated(let bytes, let expected):
      "this blind set is cut off: it has \(bytes) bytes of \(expected); copy it again"
    case .tooLong(let bytes, let expected):
      "this blind set has \(bytes) bytes, where \(expected) were expected; copy it again"
    case .tooLarge(let secrets, let maximum):
      "this blind set says that it holds \(secrets) secrets; at most \(maximum) can be searched for"
    case .otherKey: "the key file belongs to another blind set; name the one that was made with this set"
    case .altered: "this blind set was altered or damaged; copy it again, or make it again"
    case .badRecord(let number): "record \(number) of this blind set is none; make it again"
    }
  }
}
