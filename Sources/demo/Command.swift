import Foundation

/// Runs the binary as a person would: as a process of its own, ended by its process id.
struct Command: Sendable {
  let binary: String
  let environment: [String: String]

  /// Runs to the end and gives its output. Throws when it fails.
  @discardableResult
  func run(_ arguments: [String], input: String = "", showsOutput: Bool = false) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: binary)
    process.arguments = arguments
    process.environment = environment
    let inward = Pipe()
    let outward = Pipe()
    process.standardInput = inward
    process.standardOutput = outward
    try process.run()
    inward.fileHandleForWriting.write(Data(input.utf8))
    try? inward.fileHandleForWriting.close()
    var output = Data()
    while true {
      let piece = outward.fileHandleForReading.availableData
      if piece.isEmpty { break }
      output += piece
      if showsOutput { FileHandle.standardOutput.write(piece) }
    }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw DemoFailure("`chancery \(arguments.first ?? "")` ended with code \(process.terminationStatus)")
    }
    return String(decoding: output, as: UTF8.self)
  }
}
