import Encodings
import TestSupport

/// The Big List of Naughty Strings (see NOTICE beside the vectors).
enum NaughtyStrings {
  static func load() throws -> [[UInt8]] {
    let tape = try Vectors.json("naughty-strings/blns.json")
    return tape.children(tape.root).compactMap { tape.stringBytes($0) }
  }
}
