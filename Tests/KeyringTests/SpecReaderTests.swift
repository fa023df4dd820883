import Cryptography
import Encodings
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Keyring

/// The reader of `Tests/Spec`, written from the specification in another language, judges what this code wrote. Where
/// there is no Python 3 these tests are cancelled with a printed reason, or fail under `CHANCERY_VECTORS_REQUIRED=1`.
@Suite("The independent reader of envelopes")
struct SpecReaderTests {
  private struct Outcome {
    var status: Int32
    var output: [UInt8]
  }

  private struct Absent: Error { let reason: String }

  private static func read(_ arguments: [String], input: [UInt8] = []) throws -> Outcome {
    let python = "/usr/bin/python3"
    if access(python, X_OK) != 0 {
      let reason = "there is no \(python)"
      if ProcessInfo.processInfo.environment["CHANCERY_VECTORS_REQUIRED"] == "1" {
        throw Absent(reason: reason)
      }
      print("skipped: \(reason)")
      try Test.cancel("\(reason)")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [Vectors.checkout.appendingPathComponent("Tests/Spec/read_envelope.py").path] + arguments
    let (input, output) = (Self.pipe(holding: input), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, output: Array(bytes))
  }

  /// A pipe that holds less than a pipe's buffer, already closed at the other end.
  private static func pipe(holding bytes: [UInt8]) -> Pipe {
    let pipe = Pipe()
    pipe.fileHandleForWriting.write(Data(bytes))
    try? pipe.fileHandleForWriting.close()
    return pipe
  }

  @Test("It agrees with every vector")
  func vectors() throws {
    let path = Vectors.checkout.appendingPathComponent("Tests/Vectors/envelope.json").path
    let outcome = try Self.read([path])
    #expect(outcome.status == 0)
    #expect(String(decoding: outcome.output, as: UTF8.self) == "read_envelope: 26 cases, 0 wrong\n")
  }

  @Test("It opens a value and a run's value from a folder on disk, and refuses them elsewhere")
  func folder() throws {
    let root = FileManager.default.temporaryDirectory.path + "/chancery-spec-\(getpid())"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let keyFile = SealCredential.keyFile(path: root + "/key")
    let keyring = try KeyringFolder(root + "/data", random: .seeded(4)).initialise(seal: keyFile, at: Rig.now)
    let run = try keyring.runKeys.allocate()
    let folder = ["--data", root + "/data", "--key-file", root + "/key", "--context"]

    let value = try keyring.seal(Array("a value".utf8), in: .kv)
    let opened = try Self.read(folder + [Self.json(.kv)], input: value.bytes)
    #expect(opened.status == 0 && opened.output == Array("a value".utf8))
    let event = try run.seal(Array("an event".utf8), in: .event)
    let openedEvent = try Self.read(
      folder + [Self.json(.event), "--run", "\(run.slot):\(run.generation)"], input: event.bytes)
    #expect(openedEvent.status == 0 && openedEvent.output == Array("an event".utf8))
    var moved = EnvelopeContext.kv
    moved.row = "18"
    #expect(try Self.read(folder + [Self.json(moved)], input: value.bytes).status == 1)
  }

  @Test("It opens a value from a folder with a passphrase seal, and refuses another passphrase")
  func passphrase() throws {
    let root = FileManager.default.temporaryDirectory.path + "/chancery-spec-passphrase-\(getpid())"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let text = "correct horse é"
    let keyring = try KeyringFolder(root + "/data", random: .seeded(5)).initialise(
      seal: .passphrase(text: text), at: Rig.now, passphraseCost: PasswordHash.Cost(passes: 2, memoryBytes: 1 << 20))
    let value = try keyring.seal(Array("a value".utf8), in: .kv)
    let files = DiskFiles()
    try files.replace(root + "/right", with: Array(text.utf8))
    try files.replace(root + "/wrong", with: Array("correct horse e".utf8))
    let folder = ["--data", root + "/data", "--context", Self.json(.kv), "--passphrase-file"]
    let opened = try Self.read(folder + [root + "/right"], input: value.bytes)
    if opened.status == 3 {
      let reason = "there is no libargon2"
      if ProcessInfo.processInfo.environment["CHANCERY_VECTORS_REQUIRED"] == "1" { throw Absent(reason: reason) }
      print("skipped: \(reason)")
      try Test.cancel("\(reason)")
    }
    #expect(opened.status == 0 && opened.output == Array("a value".utf8))
    #expect(try Self.read(folder + [root + "/wrong"], input: value.bytes).status == 1)
  }

  private static func json(_ context: EnvelopeContext) -> String {
    let fields = context.context.map { "\"\(Hex.encode($0))\"" }.joined(separator: ",")
    return """
      {"purpose": "\(context.purpose.rawValue)", "table": "\(context.table)", "row": "\(context.row)", \
      "column": "\(context.column)", "context": [\(fields)], "version": \(context.version)}
      """
  }
}
