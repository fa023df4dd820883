import Cryptography
import Glibc
import TestSupport
import Testing

@testable import Keyring

@Suite("Key files")
struct KeyFileTests {
  private let disk = FakeDisk()

  @Test("A key file is one line with a public name; it reads back, also without its line feed")
  func roundTrip() throws {
    let made = try KeyFile.create(at: "/operator/key", in: disk, random: .seeded(1))
    let line = try #require(disk.bytes(of: "/operator/key"))
    #expect(line.count == 135)
    #expect(line.starts(with: Array("chancery-key-file-1 \(made.id.text) ".utf8)))
    #expect(line.filter { $0 == 0x0A }.count == 1)
    let read = try KeyFile.read("/operator/key", in: disk)
    #expect(read.id == made.id)
    #expect(ConstantTime.areEqual(read.key, made.key))
    disk.put(Array(line.dropLast()), at: "/operator/key")
    #expect(try KeyFile.read("/operator/key", in: disk).id == made.id)
    #expect(throws: KeyringError.file(FileFault(.create, file: "key", code: EEXIST))) {
      try KeyFile.create(at: "/operator/key", in: disk, random: .seeded(2))
    }
  }

  @Test("Every character changed is noticed; upper-case digits are the same digits")
  func everyCharacter() throws {
    _ = try KeyFile.create(at: "/operator/key", in: disk, random: .seeded(1))
    let line = try #require(disk.bytes(of: "/operator/key"))
    for index in line.indices.dropLast() {
      var changed = line
      changed[index] = line[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
      disk.put(changed, at: "/operator/key")
      let error = #expect(throws: KeyringError.self) { try KeyFile.read("/operator/key", in: disk) }
      let isDigit = (20..<52).contains(index) || (53..<117).contains(index) || (118..<134).contains(index)
      #expect(error == (isDigit ? .damagedKeyFile : .notAKeyFile), "character \(index)")
    }
    for count in 0..<(line.count - 1) {
      disk.put(Array(line[..<count]), at: "/operator/key")
      #expect(throws: KeyringError.notAKeyFile) { try KeyFile.read("/operator/key", in: disk) }
    }
    for extra in [line + [0x0A], line.dropLast() + [0x20], line + line] {
      disk.put(Array(extra), at: "/operator/key")
      #expect(throws: KeyringError.notAKeyFile) { try KeyFile.read("/operator/key", in: disk) }
    }
  }

  @Test("Nothing there, too open, and unreadable are three different errors")
  func access() throws {
    #expect(throws: KeyringError.keyFileNotThere) { try KeyFile.read("/operator/none", in: disk) }
    _ = try KeyFile.create(at: "/operator/key", in: disk, random: .seeded(1))
    for mode: UInt32 in [0o604, 0o640, 0o660, 0o644, 0o601] {
      disk.setMode(mode, of: "/operator/key")
      #expect(throws: KeyringError.keyFileTooOpen(mode: mode)) { try KeyFile.read("/operator/key", in: disk) }
    }
    for mode: UInt32 in [0o600, 0o400] {
      disk.setMode(mode, of: "/operator/key")
      #expect(throws: Never.self) { try KeyFile.read("/operator/key", in: disk) }
    }
  }
}
