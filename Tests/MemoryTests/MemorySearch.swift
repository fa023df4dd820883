import Foundation
import Glibc

/// Where copies of a needle lie in this process.
struct Copies: Equatable, CustomStringConvertible {
  /// In the arena and in guarded pages: memory that is left out of core dumps.
  var secret = 0
  /// On the stack of the thread that searches.
  var stack = 0
  /// In everything else that can be written: the heap, other stacks, global variables.
  var heap = 0

  var elsewhere: Int { stack + heap }
  var description: String { "secret \(secret), stack \(stack), heap \(heap)" }
}

/// Reads the memory of this process through `/proc/self/mem`, piece by piece, into a buffer that is left out of the search
/// and wiped after each piece.
enum MemorySearch {
  private static let pieceBytes = 1 << 20

  static func copies(of needle: Needle) throws -> Copies {
    let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
    guard memory >= 0 else { throw CocoaError(.fileReadNoPermission) }
    defer { close(memory) }
    let length = pieceBytes + Needle.window.count
    let mapped = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let buffer = mapped, buffer != MAP_FAILED else { throw CocoaError(.fileReadTooLarge) }
    defer { munmap(buffer, length) }
    var local = 0
    let stack = withUnsafePointer(to: &local) { UInt(bitPattern: $0) }
    let own = UInt(bitPattern: buffer)..<UInt(bitPattern: buffer) + UInt(length)
    var found = Copies()
    for region in try regions() {
      // A mapping may have been joined with the buffer's: what lies around it is read.
      for part in region.range.without(own) {
        let count = search(part, memory, buffer, needle)
        if region.isSecret {
          found.secret += count
        } else if region.range.contains(stack) {
          found.stack += count
        } else {
          found.heap += count
        }
      }
    }
    return found
  }

  private static func search(
    _ range: Range<UInt>, _ memory: Int32, _ buffer: UnsafeMutableRawPointer, _ needle: Needle
  ) -> Int {
    var count = 0
    var start = range.lowerBound
    while start < range.upperBound {
      let wanted = min(pieceBytes + Needle.window.count - 1, Int(range.upperBound - start))
      let read = pread(memory, buffer, wanted, off_t(start))
      guard read >= Needle.window.count else { break }
      let bytes = UnsafeRawPointer(buffer).assumingMemoryBound(to: UInt8.self)
      var place = 0
      let last = read - Needle.window.count
      while place <= last, let hit = memchr(buffer + place, Int32(needle.first), last - place + 1) {
        place = buffer.distance(to: hit)
        if needle.stands(at: bytes + place) { count += 1 }
        place += 1
      }
      memset(buffer, 0, read)
      start += UInt(min(read, pieceBytes))
    }
    return count
  }

  private struct Region {
    var range: Range<UInt>
    var isSecret = false
  }

  /// What can be written, from `/proc/self/smaps`: the arena and libsodium's pages have the flag `dd`, for being left out
  /// of core dumps, and guarded pages can only be read.
  private static func regions() throws -> [Region] {
    let text = try mappings()
    var regions: [Region] = []
    var current: (region: Region, isWritable: Bool, isReadable: Bool)?
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      let bounds = words[0].split(separator: "-")
      if bounds.count == 2, let low = UInt(bounds[0], radix: 16), let high = UInt(bounds[1], radix: 16) {
        current = (Region(range: low..<high), words[1].contains("w"), words[1].hasPrefix("r"))
      } else if words[0] == "VmFlags:", var found = current {
        found.region.isSecret = words.contains("dd")
        if found.isReadable, found.isWritable || found.region.isSecret { regions.append(found.region) }
        current = nil
      }
    }
    return regions
  }
}

extension MemorySearch {
  /// All of the file: its size is not known beforehand, and it comes in pieces.
  fileprivate static func mappings() throws -> String {
    let file = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw CocoaError(.fileReadNoPermission) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &piece, piece.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[..<count]
    }
  }
}

extension Range<UInt> {
  /// What is left when the other range is taken out.
  fileprivate func without(_ other: Range<UInt>) -> [Range<UInt>] {
    guard overlaps(other) else { return [self] }
    return [
      lowerBound..<Swift.max(lowerBound, other.lowerBound), Swift.min(upperBound, other.upperBound)..<upperBound,
    ].filter { !$0.isEmpty }
  }
}
