import Foundation

/// The repository as text: what the tidy rules read.
enum Checkout {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  struct SourceFile: Sendable {
    /// From the repository's root: `Sources/Labels/Label.swift`.
    var path: String
    var lines: [String]

    /// The second part of the path: the room, or the test suite.
    var room: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var isTest: Bool { path.hasPrefix("Tests/") }

    /// Lines without comments, with their numbers from 1.
    var code: [(number: Int, text: String)] {
      lines.enumerated().compactMap { number, line in
        let text = line.drop { $0 == " " }
        return text.hasPrefix("//") ? nil : (number + 1, line)
      }
    }
  }

  /// Every Swift file below these folders.
  static func swiftFiles(below folders: [String]) -> [SourceFile] {
    files(below: folders).filter { $0.hasSuffix(".swift") }.map { path in
      let text = (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
      return SourceFile(
        path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }
  }

  /// Paths of all files below these folders, from the root, sorted.
  static func files(below folders: [String]) -> [String] {
    folders.flatMap { folder in
      let start = root.appending(path: folder)
      let found = FileManager.default.enumerator(atPath: start.path(percentEncoded: false))
      return (found?.allObjects as? [String] ?? []).map { "\(folder)/\($0)" }
    }.filter { path in
      var isFolder: ObjCBool = false
      let full = root.appending(path: path).path(percentEncoded: false)
      return FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }

  static func text(_ path: String) -> String {
    (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
  }
}
