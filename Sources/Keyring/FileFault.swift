/// A step of file work that failed: which step, which file (its name only), and the system's number.
package struct FileFault: Error, Equatable, Sendable {
  /// What was being done.
  package enum Step: String, Sendable {
    case open, create, read, write, sync, rename, remove, list
    case makeFolder = "make folder"
    case syncFolder = "sync folder"
  }

  /// What was being done.
  package var step: Step
  /// The last component of the path, as the finished file is called (new files are written under another name first).
  package var file: String
  /// The system's error number.
  package var code: Int32

  /// What a file is called while it is being written.
  static let newSuffix = ".new"

  /// `file` may be a path; only its last component is kept.
  package init(_ step: Step, file: String, code: Int32) {
    self.step = step
    let name = file.split(separator: "/").last ?? ""
    self.file = String(name.hasSuffix(Self.newSuffix) ? name.dropLast(Self.newSuffix.count) : name)
    self.code = code
  }
}
