import Cryptography
import Encodings
import Foundation

/// A file of canaries: JSON lines `{"name": "api_token", "value": "…"}`, or one bare value a line, as `chancery redact`
/// takes secrets.
package enum CanaryFile {
  /// The canaries of a file, in order.
  ///
  /// Throws where the file cannot be read, holds none, or a line is neither; line numbers only are named.
  package static func read(_ path: String) throws(HuntFailure) -> [Canary] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw HuntFailure("the canaries in \(path) cannot be read")
    }
    var canaries: [Canary] = []
    for (index, raw) in [UInt8](data).split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let line = Array(raw.last == 0x0D ? raw.dropLast() : raw)
      if line.isEmpty { continue }
      canaries.append(try canary(line, number: index + 1, of: path))
    }
    guard !canaries.isEmpty else { throw HuntFailure("\(path) holds no canary") }
    return canaries
  }

  private static func canary(_ line: [UInt8], number: Int, of path: String) throws(HuntFailure) -> Canary {
    guard line.first == UInt8(ascii: "{") else { return Canary(name: "canary-\(number)", value: line) }
    guard let tape = try? JSONTape(line), tape.kind(tape.root) == .object,
      let value = tape.member(tape.root, "value").flatMap({ tape.stringBytes($0) })
    else {
      throw HuntFailure("\(path):\(number): a line that begins with { must be a JSON object with `value`, a text")
    }
    guard let name = tape.member(tape.root, "name") else { return Canary(name: "canary-\(number)", value: value) }
    guard let text = tape.string(name) else { throw HuntFailure("\(path):\(number): `name` must be a text") }
    return Canary(name: text, value: value)
  }

  /// A new canary as a line of such a file: 28 random characters, with two that URLs and forms write differently.
  package static func newLine(named name: String) -> [UInt8] {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~.".utf8)
    var value = RandomBytes.make(26).map { letters[Int($0 & 63)] }
    value.insert(UInt8(ascii: "~"), at: 9)
    value.insert(UInt8(ascii: "."), at: 19)
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("name")
    writer.string(name)
    writer.key("value")
    writer.string(String(decoding: value, as: UTF8.self))
    writer.endObject()
    return writer.finish() + [0x0A]
  }
}
