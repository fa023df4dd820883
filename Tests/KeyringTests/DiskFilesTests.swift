import Cryptography
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Keyring

/// The one suite of this room that touches a real disk: a folder of its own under the system's temporary folder.
@Suite("Files of the disk", .serialized)
final class DiskFilesTests {
  private let files = DiskFiles()
  private let folder: String
  private static let number = Atomic<Int>(0)

  init() throws {
    let number = Self.number.add(1, ordering: .relaxed).newValue
    folder = FileManager.default.temporaryDirectory.path + "/chancery-keyring-\(getpid())-\(number)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @Test("A whole life on disk: initialise, restart, run keys, destruction, second seal, rotation")
  func life() throws {
    let keyFile = SealCredential.keyFile(path: folder + "/key")
    let keyringFolder = KeyringFolder(folder + "/data", random: .seeded(1))
    let keyring = try keyringFolder.initialise(seal: keyFile, at: Rig.now)
    let envelope = try keyring.seal([1], in: .kv)
    let runs = try (0..<3).map { _ in try keyring.runKeys.allocate() }
    let event = try runs[1].seal([2], in: .event)
    try keyring.runKeys.destroy([runs[0].slot])
    try keyring.addKeyFileSeal(at: folder + "/second")
    try keyring.rotate(at: Rig.now)
    let again = try KeyringFolder(folder + "/data").open(with: .keyFile(path: folder + "/second"))
    #expect(try again.open(envelope, in: .kv) == [1])
    #expect(try again.runKeys.key(slot: runs[1].slot, generation: runs[1].generation).open(event, in: .event) == [2])
    #expect(throws: KeyringError.runKeyDestroyed(slot: runs[0].slot)) {
      try again.runKeys.key(slot: runs[0].slot, generation: runs[0].generation)
    }
    for path in ["/key", "/second", "/data/seal/keyring", "/data/run-keys"] {
      #expect(try files.status(folder + path)?.mode == 0o600, "\(path)")
    }
    #expect(try files.status(folder + "/data/seal")?.mode == 0o700)
    #expect(try files.list(folder + "/data/seal").filter { $0.hasSuffix(".new") } == [])
  }

  @Test("Links are not followed, folders are not files, and what is not there is said so")
  func refusals() throws {
    try files.replace(folder + "/file", with: [1, 2, 3])
    symlink("file", folder + "/link")
    #expect(try files.contents(of: folder + "/file", limit: 3) == [1, 2, 3])
    #expect(throws: FileFault(.open, file: "link", code: ELOOP)) { try files.open(folder + "/link", .reading) }
    #expect(throws: FileFault(.open, file: "none", code: ENOENT)) { try files.open(folder + "/none", .reading) }
    #expect(throws: FileFault(.create, file: "file", code: EEXIST)) { try files.open(folder + "/file", .creating) }
    #expect(throws: FileFault(.read, file: "file", code: EFBIG)) { try files.contents(of: folder + "/file", limit: 2) }
    try files.makeFolder(folder + "/sub")
    try files.makeFolder(folder + "/sub")
    #expect(throws: FileFault(.open, file: "sub", code: EINVAL)) { try files.open(folder + "/sub", .reading) }
    #expect(throws: FileFault(.open, file: "sub", code: EISDIR)) { try files.open(folder + "/sub", .updating) }
    #expect(throws: FileFault(.makeFolder, file: "b", code: ENOENT)) { try files.makeFolder(folder + "/a/b") }
    #expect(throws: FileFault(.rename, file: "y", code: ENOENT)) { try files.rename(folder + "/x", to: folder + "/y") }
    #expect(throws: FileFault(.syncFolder, file: "none", code: ENOENT)) { try files.syncFolder(folder + "/none") }
    #expect(throws: FileFault(.remove, file: "sub", code: EISDIR)) { try files.remove(folder + "/sub") }
    try files.remove(folder + "/none")
    #expect(try files.status(folder + "/none") == nil)
    #expect(try files.status(folder + "/file/none") == nil)
    #expect(try files.list(folder + "/none") == [])
    #expect(throws: FileFault(.list, file: "file", code: ENOTDIR)) { try files.list(folder + "/file") }
    #expect(try files.list(folder) == ["file", "link", "sub"])
  }

  @Test("Writes and reads go to their places; reading past the end gives what is there")
  func places() throws {
    let file = try files.open(folder + "/file", .creating)
    try [UInt8]([1, 2, 3, 4]).withRawBytes { (bytes) throws(FileFault) in try file.write(bytes, at: 0) }
    try [UInt8]([9]).withRawBytes { (bytes) throws(FileFault) in try file.write(bytes, at: 2) }
    try file.sync()
    var read = [UInt8](repeating: 0, count: 8)
    let count = try read.withUnsafeMutableBytes { try file.read(into: $0, at: 1) }
    #expect(count == 3)
    #expect(read.prefix(3) == [2, 9, 4])
    #expect(try file.status().size == 4)
    let reader = try files.open(folder + "/file", .reading)
    #expect(throws: FileFault(.write, file: "file", code: EBADF)) {
      try [UInt8]([1]).withRawBytes { (bytes) throws(FileFault) in try reader.write(bytes, at: 0) }
    }
  }
}
