/// A step of file work that failed: which step, which file (its name only), and the system's number.
package struct FileFault: Error, Equatable, Sendable {
  package enum Step: String, Sendable {
    case open, create, read, write, sync, rename, remove, list
    case makeFolder = "make folder"
    case syncFolder = "sync folder"
  }

  package var step: Step
  /// The last component of the path.
  package var file: String
  /// The system's error number.
  package var code: Int32

  package init(_ step: Step, file: String, code: Int32) {
    self.step = step
    self.file = String(file.split(separator: "/").last ?? "")
    self.code = code
  }
}
