import Encodings
import Glibc

/// Why a file of Project Wycheproof was not judged.
enum WycheproofFault: Error {
  case unreadable
  case notJSON
  case notWycheproof
  case unsupported(String)

  var message: String {
    switch self {
    case .unreadable: "the file cannot be read"
    case .notJSON: "the file is not JSON"
    case .notWycheproof: "the file lacks a field that every file of its kind has"
    case .unsupported(let name): "\(name) is not implemented in this version; nothing was judged"
    }
  }

  var exitCode: Int32 {
    switch self {
    case .unreadable, .notJSON, .notWycheproof: 1
    case .unsupported: 2
    }
  }
}

/// Judges a file of Project Wycheproof by the primitive that it is about.
enum WycheproofFile {
  static func judge(_ path: String) throws(WycheproofFault) -> [(id: String, isAccepted: Bool)] {
    guard let bytes = read(path) else { throw .unreadable }
    let limits = JSONLimits(maximumBytes: 64 << 20, maximumDepth: 64, maximumNodes: 4_000_000)
    guard let tape = try? JSONTape(bytes, limits: limits) else { throw .notJSON }
    let file = WycheproofNode(tape: tape, node: tape.root)
    guard let schema = file["schema"]?.text, let groups = file["testGroups"] else { throw .notWycheproof }
    var verdicts: [(id: String, isAccepted: Bool)] = []
    for group in groups.elements {
      let primitive = try WycheproofPrimitive(file: file, schema: schema, group: group)
      for test in group["tests"]?.elements ?? [] {
        guard let id = test["tcId"]?.number else { throw .notWycheproof }
        verdicts.append((id, try primitive.accepts(test)))
      }
    }
    return verdicts
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return ferror(file) == 0 ? bytes : nil }
      bytes.append(contentsOf: chunk[..<count])
    }
  }
}
