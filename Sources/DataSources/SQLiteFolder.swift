import Glibc

/// The folder whose files SQLite data sources may be. A path leads to a regular file below it, by folders and never by
/// links, or to nothing.
package struct SQLiteFolder: Sendable {
  /// Without links in it.
  package let path: String

  /// Why a folder cannot be the one.
  package enum Refusal: Error, Hashable, Sendable {
    case notAFolder
    /// It holds the service's own data, or lies within them.
    case holdsOwnData
  }

  /// - Parameter own: the service's data folder, which no source may come near.
  package init(_ folder: String, own: String) throws(Refusal) {
    guard let path = Self.real(folder), Self.kind(path) == S_IFDIR else { throw .notAFolder }
    if let own = Self.real(own) {
      guard !Self.contains(path, own), !Self.contains(own, path) else { throw .holdsOwnData }
    }
    self.path = path
  }

  /// The whole path of a file below the folder. Throws `noFile`: a hard link is none either, since it can lead anywhere.
  func file(_ relative: String) throws(SourceFault) -> String {
    let parts = relative.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !relative.utf8.contains(0)
    else {
      throw .noFile
    }
    var whole = path
    for (index, part) in parts.enumerated() {
      whole += "/" + part
      var status = stat()
      guard lstat(whole, &status) == 0 else { throw .noFile }
      let isLast = index == parts.count - 1
      guard status.st_mode & S_IFMT == (isLast ? S_IFREG : S_IFDIR), !isLast || status.st_nlink == 1 else {
        throw .noFile
      }
    }
    return whole
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func kind(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  private static func contains(_ folder: String, _ path: String) -> Bool {
    path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
  }
}
