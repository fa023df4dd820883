import Foundation
import FuzzTargets
import TestSupport
import Testing

/// The checks of the fuzzer, over what is kept: seeds, and every input that once failed.
@Suite("Fuzz targets")
struct FuzzTargetTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzz")

  /// The files below a folder of `Fuzz/`, which has a folder for each target.
  private static func inputs(_ name: String, _ target: FuzzTarget) -> [(name: String, bytes: [UInt8])] {
    let folder = folder.appending(path: name).appending(path: target.name)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
    return names.sorted().compactMap { name in
      (try? Data(contentsOf: folder.appending(path: name))).map { (name, Array($0)) }
    }
  }

  private static func fault(_ target: FuzzTarget, _ bytes: [UInt8]) -> String? {
    do throws(FuzzFault) {
      try target.check(bytes)
      return nil
    } catch {
      return error.sentence
    }
  }

  @Test("Each folder of seeds and failures is one of a target, and every parser has seeds")
  func folders() throws {
    let names = Set(FuzzTarget.all.map(\.name))
    for part in ["Seeds", "Failures"] {
      let folder = Self.folder.appending(path: part).path(percentEncoded: false)
      let found = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
      #expect(Set(found).subtracting(["README.md"]).isSubset(of: names))
    }
    for target in FuzzTarget.all where target.name != "smoke" && target.name != "canary" {
      #expect(!Self.inputs("Seeds", target).isEmpty, "\(target.name) has no seeds")
    }
  }

  @Test("The table of what was fuzzed has a row for every target")
  func table() throws {
    let page = try String(contentsOf: Self.folder.appending(path: "README.md"), encoding: .utf8)
    for target in FuzzTarget.all where target.name != "smoke" && target.name != "canary" {
      #expect(page.contains("\n| \(target.name) | "), "\(target.name)")
    }
  }

  @Test("What must hold of a parser holds for its seeds", arguments: FuzzTarget.all.map(\.name))
  func seeds(name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    for input in Self.inputs("Seeds", target) {
      let fault = Self.fault(target, input.bytes)
      #expect(fault == nil, "\(name)/\(input.name)")
    }
  }

  @Test("What failed once holds now, and stays", arguments: FuzzTarget.all.map(\.name))
  func failures(name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    for input in Self.inputs("Failures", target) {
      let fault = Self.fault(target, input.bytes)
      #expect(fault == nil, "\(name)/\(input.name)")
    }
  }

  @Test("It holds for changed seeds too", arguments: FuzzTarget.all.map(\.name).filter { $0 != "canary" })
  func changed(name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    var random = SeededRandom(seed: 0xF0_22)
    let seeds = Self.inputs("Seeds", target).map(\.bytes) + [[]]
    for _ in 0..<200 {
      var bytes = random.element(of: seeds) ?? []
      for _ in 0..<random.number(in: 0...8) {
        let place = random.number(in: 0...bytes.count)
        switch random.number(in: 0...3) {
        case 0: bytes.insert(contentsOf: random.bytes(random.number(in: 1...4)), at: place)
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + random.number(in: 0...6)))
        case 2: bytes.insert(contentsOf: bytes.dropFirst(place).prefix(20), at: place)
        default: if place < bytes.count { bytes[place] ^= 1 << UInt8(random.number(in: 0...7)) }
        }
      }
      let fault = Self.fault(target, bytes)
      #expect(fault == nil, "\(name): \(bytes)")
    }
  }

  @Test("The canary fails, so that the harness can be seen to fail")
  func canary() throws {
    let target = try #require(FuzzTarget.named("canary"))
    #expect(Self.fault(target, Array(#"[{"a":1}]"#.utf8)) != nil)
    #expect(Self.fault(target, Array("[{}]".utf8)) == nil)
  }
}
