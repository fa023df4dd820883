import Encodings
import Foundation

/// Proves a hunt before its zero counts: every canary is planted in every form, and must be found.
package enum HuntControls {
  /// How many plants were found. Throws where one was not.
  ///
  /// The plants lie in a folder that only this user can read, and are removed. Each form of each canary is planted in a
  /// file of its own, and in forms of forms; each canary also in a hidden file further down, across the border of two pieces of a large file,
  /// and in a file's name.
  package static func prove(_ hunt: CanaryHunt) throws(HuntFailure) -> Int {
    let folder = FileManager.default.temporaryDirectory.appending(path: "canaryhunt-\(UUID().uuidString)")
    let path = folder.path(percentEncoded: false)
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch { throw HuntFailure("the controls cannot be planted in \(path)") }
    defer { try? FileManager.default.removeItem(at: folder) }
    var count = 0
    for canary in hunt.canaries {
      for form in ListedForms.of(canary.value) {
        try expect(canary, form.word, by: hunt) { () throws(HuntFailure) in
          try plant(Array("before ".utf8) + form.bytes + Array(" after".utf8), "\(path)/plant")
          return "\(path)/plant"
        }
        count += 1
      }
      for (word, text) in nested(canary.value) {
        try expect(canary, word, by: hunt) { () throws(HuntFailure) in
          try plant(Array("{\"x\":\"".utf8) + text + Array("\"}".utf8), "\(path)/plant")
          return "\(path)/plant"
        }
        count += 1
      }
      try expect(canary, "a hidden file further down", by: hunt) { () throws(HuntFailure) in
        try? FileManager.default.createDirectory(atPath: "\(path)/deep/.deeper", withIntermediateDirectories: true)
        try plant(canary.value, "\(path)/deep/.deeper/.plant")
        return "\(path)/deep"
      }
      try? FileManager.default.removeItem(atPath: "\(path)/deep")
      count += 1
    }
    guard let first = hunt.canaries.first else { return count }
    try expect(first, "two pieces of a large file", by: hunt) { () throws(HuntFailure) in
      let before = [UInt8](repeating: 0x2E, count: (8 << 20) - first.value.count / 2)
      try plant(before + first.value + Array(" after".utf8), "\(path)/plant")
      return "\(path)/plant"
    }
    return count + 1
  }

  /// Forms of forms: in no list, found only by decoding.
  private static func nested(_ value: [UInt8]) -> [(word: String, text: [UInt8])] {
    let around = Array("{\"user\":\"x\",\"key\":\"".utf8) + value + Array("\"}".utf8)
    return [
      (
        "base64 of base64",
        Base64.encodeBytes(
          Base64.encodeBytes(around, alphabet: .standard, padded: true),
          alphabet: .urlSafe, padded: false)
      ),
      ("hex of base64", Hex.encodeBytes(Base64.encodeBytes(around, alphabet: .standard, padded: true))),
      ("base64 of hex", Base64.encodeBytes(Hex.encodeBytes(around), alphabet: .standard, padded: true)),
    ]
  }

  private static func expect(
    _ canary: Canary, _ what: String, by hunt: CanaryHunt, _ plant: () throws(HuntFailure) -> String
  ) throws(HuntFailure) {
    var sweep = HuntSweep(hunt)
    try sweep.search(path: try plant())
    guard sweep.finds.contains(where: { $0.canary == canary.name }) else {
      throw HuntFailure("the hunt does not find \(canary.name) planted as \(what); its zero would mean nothing")
    }
  }

  private static func plant(_ bytes: [UInt8], _ path: String) throws(HuntFailure) {
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
      throw HuntFailure("the control \(path) cannot be planted")
    }
  }
}
