import Encodings

/// A request body of the key commands: members that are given, and no others.
struct KeyBody {
  private var writer = JSONWriter()

  init() { writer.beginObject() }

  mutating func text(_ name: String, _ value: String?) {
    guard let value else { return }
    writer.key(name)
    writer.string(value)
  }

  mutating func bytes(_ name: String, _ value: [UInt8]?) { text(name, value.map { Base64.encode($0) }) }

  mutating func integer(_ name: String, _ value: Int?) {
    guard let value else { return }
    writer.key(name)
    writer.integer(Int64(value))
  }

  /// Days of an option, in seconds. Throws `usage` where they are more than can be counted: the service says which of
  /// the others are too many.
  static func seconds(ofDays days: Int?, of option: String) throws(CommandFailure) -> Int? {
    guard let days else { return nil }
    let (seconds, overflows) = days.multipliedReportingOverflow(by: 86_400)
    guard !overflows else {
      throw CommandFailure(.usage, "\(option) takes a number of days; \(days) are more than can be counted")
    }
    return seconds
  }

  mutating func flag(_ name: String, _ value: Bool) {
    guard value else { return }
    writer.key(name)
    writer.bool(true)
  }

  consuming func finish() -> [UInt8] {
    writer.endObject()
    return writer.finish()
  }
}

/// Where keys are, on the service.
enum KeyPath {
  static func key(_ name: String, _ word: String...) -> APIPath { APIPath(["api", "keys", name] + word) }
}

/// What a command of a key works on: a file or standard input, never the command line.
enum KeyInput {
  static let limit = 4 << 20

  /// All bytes of the file; of standard input where none is named.
  static func read(_ path: String?) throws(CommandFailure) -> [UInt8] {
    try InputFile.read(path ?? "-", limit: limit)
  }

  /// A text such as a ciphertext or a signature, without one line feed at its end.
  static func text(_ path: String?) throws(CommandFailure) -> String {
    try InputFile.value(path ?? "-", limit: 2 * limit)
  }
}
