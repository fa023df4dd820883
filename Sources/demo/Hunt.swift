import Foundation
import Redaction

/// Searches every file of a folder for secrets, in every form that the redactor knows.
struct Hunt: Sendable {
  private let matcher: SecretMatcher

  init(_ secrets: [String: String]) throws {
    var builder = MatcherBuilder()
    for (name, secret) in secrets.sorted(by: { $0.key < $1.key }) {
      let named = SecretName(name, pseudonym: "demo")
      guard case .success = builder.add(Array(secret.utf8), name: named, scope: .all) else {
        throw DemoFailure("the secret `\(name)` is too short to be searched for")
      }
    }
    matcher = builder.build()
  }

  /// Where secrets were found: file and name. `except`: files that hold one by design, by their path in the folder.
  func search(_ folder: String, except: Set<String> = []) throws -> (files: Int, found: [String]) {
    var files = 0
    var found: [String] = []
    guard let paths = FileManager.default.enumerator(atPath: folder) else { return (0, []) }
    for case let path as String in paths {
      var isFolder: ObjCBool = false
      let full = "\(folder)/\(path)"
      guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), !isFolder.boolValue else { continue }
      guard let data = FileManager.default.contents(atPath: full) else {
        throw DemoFailure("the file \(path) of the data folder cannot be read")
      }
      files += 1
      if except.contains(path) { continue }
      let bytes = [UInt8](data)
      found += Set(matcher.matches(in: bytes[...]).map { "\($0.name.text) in \(path)" }).sorted()
    }
    return (files, found)
  }
}
