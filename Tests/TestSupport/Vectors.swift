package import Encodings
package import Foundation
import Testing

/// Other projects' test vectors, which stay outside the repository: in the folder that `CHANCERY_VECTORS` names, else
/// in `shared/vectors` beside the checkout.
///
/// A test that asks for vectors that are not there is cancelled with a printed reason, or fails when
/// `CHANCERY_VECTORS_REQUIRED=1`.
package enum Vectors {
  /// The vectors are absent though the environment requires them.
  package struct Missing: Error, CustomStringConvertible {
    /// Which file, and how to provide it.
    package var description: String
  }

  /// The folder that holds all vectors, whether it exists or not.
  package static var folder: URL {
    if let path = ProcessInfo.processInfo.environment["CHANCERY_VECTORS"], !path.isEmpty {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    return checkout.deletingLastPathComponent().appendingPathComponent("shared/vectors", isDirectory: true)
  }

  /// The root of the checkout.
  package static var checkout: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  /// The file or folder at `path` inside the vectors, which exists when this returns.
  package static func url(_ path: String) throws -> URL {
    let url = folder.appendingPathComponent(path)
    guard !FileManager.default.fileExists(atPath: url.path) else { return url }
    let reason = "vectors are absent: \(path) (set CHANCERY_VECTORS to the folder that holds them)"
    if ProcessInfo.processInfo.environment["CHANCERY_VECTORS_REQUIRED"] == "1" {
      throw Missing(description: reason)
    }
    print("skipped: \(reason)")
    try Test.cancel("\(reason)")
  }

  /// The bytes of the file at `path`.
  package static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: try url(path)))
  }

  /// The file at `path` as JSON, read by our strict reader with room for large vector files.
  package static func json(_ path: String) throws -> JSONTape {
    try JSONTape(
      try bytes(path), limits: JSONLimits(maximumBytes: 64 << 20, maximumDepth: 64, maximumNodes: 4_000_000))
  }

  /// The names of the files in the folder at `path`, sorted.
  package static func names(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: try url(path).path).sorted()
  }
}
