import Cryptography
import Foundation
import Glibc
import Testing

/// A process of its own, which has taken nothing from itself, looks through its own memory for what went through the code
/// under test (SECURITY.md, section 4).
@Suite("Copies of secrets in memory", .serialized)
struct NeedleTests {
  @Test("The search finds a copy where there is one: in the arena, in guarded pages, in an array, on the stack")
  func control() async {
    await #expect(processExitsWith: .success) {
      let needle = Needle()
      let none = try MemorySearch.copies(of: needle)
      #expect(none == Copies())
      let slot = needle.guarded()
      let one = try MemorySearch.copies(of: needle)
      #expect(one == Copies(secret: 1))
      let pages = needle.guarded(.guardedPages)
      let two = try MemorySearch.copies(of: needle)
      #expect(two == Copies(secret: 2))
      let array = needle.array()
      let three = try MemorySearch.copies(of: needle)
      #expect(three.secret == 2 && three.heap >= 1)
      withUnsafeTemporaryAllocation(byteCount: Needle.count, alignment: 8) { buffer in
        needle.write(to: buffer)
        let four = try? MemorySearch.copies(of: needle)
        #expect((four?.elsewhere ?? 0) > three.elsewhere)
      }
      withExtendedLifetime((slot, pages, array)) {}
    }
  }

  @Test("When all is let go, no copy is left in secret memory, and elsewhere no more than the table says")
  func table() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("memory-\(getpid())")
      defer { try? FileManager.default.removeItem(at: folder) }
      let place = try Way.Place(folder)
      for way in Way.all {
        let needle = Needle()
        try way.take(needle, place)
        let found = try MemorySearch.copies(of: needle)
        print("memory: \(way.name): \(found)")
        #expect(found.secret == 0, "\(way.name): \(found)")
        #expect(found.elsewhere <= way.elsewhere, "\(way.name): \(found)")
      }
    }
  }
}
