import Foundation
import Testing

@testable import Hunting

/// Pages written by hand from the file format's description; Tests/Black/hunt.py does it with a real database.
@Suite("DatabasePages")
struct DatabasePagesTests {
  static let size = 512
  /// A payload that begins in a leaf and goes on in two more pages.
  static let payload = (0..<1_200).map { UInt8($0 % 251) }

  /// Page 1 is a leaf with one cell; the rest lies in pages 3 and 2, in this order.
  static func database() -> [UInt8] {
    // fileformat2 §1.6: U 512, X 477, M 39; K = 39 + (1200 - 39) % 508 = 184.
    let local = 184
    var first = [UInt8](repeating: 0, count: size)
    first.replaceSubrange(0..<16, with: Array("SQLite format 3\0".utf8))
    first[16] = 2
    let cell: [UInt8] = [0x89, 0x30, 0x01] + payload.prefix(local) + [0, 0, 0, 3]
    let start = size - cell.count
    first.replaceSubrange(start..<size, with: cell)
    first[100] = 0x0D
    first[104] = 1
    first[108] = UInt8(start >> 8)
    first[109] = UInt8(start & 0xFF)
    let third = [0, 0, 0, 2] + payload[local..<local + 508]
    var second: [UInt8] = [0, 0, 0, 0] + payload[(local + 508)...]
    second += [UInt8](repeating: 0, count: size - second.count)
    return first + second + third
  }

  @Test("A payload over several pages is put together in its order")
  func joined() throws {
    let pages = try #require(DatabasePages(file: Self.database(), log: []))
    #expect(pages.spreadPayloads() == [Self.payload])
  }

  @Test("A page in the log replaces that of the file")
  func log() throws {
    let database = Self.database()
    var replaced = Array(database[1024..<1536])
    replaced[4] ^= 0xFF
    let log = [UInt8](repeating: 0, count: 32) + [0, 0, 0, 3] + [UInt8](repeating: 0, count: 20) + replaced
    let pages = try #require(DatabasePages(file: database, log: log))
    var expected = Self.payload
    expected[184] ^= 0xFF
    #expect(pages.spreadPayloads() == [expected])
  }

  @Test("Anything else is no database, and damaged pages end the reading, not the hunt")
  func damaged() {
    #expect(DatabasePages(file: Array("SQLite format 3".utf8), log: []) == nil)
    var database = Self.database()
    for index in 100..<database.count {
      database[index] ^= 0x5A
      _ = DatabasePages(file: database, log: database)?.spreadPayloads()
      database[index] ^= UInt8(index & 0xFF)
    }
  }
}
