/// A SQLite database with its log, so far as a hunt needs it: a long value lies in several pages that need not follow one
/// another, so no search of the file as it lies finds a canary across their borders.
///
/// Source: "Database File Format", sqlite.org/fileformat2.html, §1.6 (b-tree pages), §1.6 cell payloads, §4 (the log).
struct DatabasePages {
  private var pages: [Int: ArraySlice<UInt8>] = [:]
  private let pageSize: Int
  private let usable: Int

  /// Nil for what is no SQLite database. Pages that stand in the log replace those of the file, the last of each.
  init?(file: [UInt8], log: [UInt8]) {
    guard file.count >= 512, file.starts(with: Array("SQLite format 3\0".utf8)) else { return nil }
    let written = Int(file[16]) << 8 | Int(file[17])
    pageSize = written == 1 ? 65_536 : written
    guard pageSize >= 512, pageSize & (pageSize - 1) == 0 else { return nil }
    usable = pageSize - Int(file[20])
    for number in 0..<file.count / pageSize { pages[number + 1] = file[number * pageSize..<(number + 1) * pageSize] }
    var offset = 32
    while offset + 24 + pageSize <= log.count {
      pages[Self.integer(log[offset...])] = log[offset + 24..<offset + 24 + pageSize]
      offset += 24 + pageSize
    }
  }

  /// Every payload that does not fit into its page, whole.
  func spreadPayloads() -> [[UInt8]] {
    pages.sorted { $0.key < $1.key }.flatMap { number, page in payloads(of: page, isFirst: number == 1) }
  }

  private func payloads(of page: ArraySlice<UInt8>, isFirst: Bool) -> [[UInt8]] {
    let bytes = Array(page)
    let head = isFirst ? 100 : 0
    let kind = bytes[head]
    guard kind == 0x0D || kind == 0x0A || kind == 0x02 else { return [] }
    let cells = Int(bytes[head + 3]) << 8 | Int(bytes[head + 4])
    let pointers = head + (kind == 0x02 ? 12 : 8)
    return (0..<cells).compactMap { cell in
      let at = pointers + 2 * cell
      guard at + 1 < bytes.count else { return nil }
      return payload(at: Int(bytes[at]) << 8 | Int(bytes[at + 1]), of: bytes, kind: kind)
    }
  }

  private func payload(at offset: Int, of bytes: [UInt8], kind: UInt8) -> [UInt8]? {
    var position = offset + (kind == 0x02 ? 4 : 0)
    guard let total = Self.varint(bytes, &position), total > 0, total < 1 << 31 else { return nil }
    if kind == 0x0D, Self.varint(bytes, &position) == nil { return nil }
    let most = kind == 0x0D ? usable - 35 : (usable - 12) * 64 / 255 - 23
    guard total > most else { return nil }
    let least = (usable - 12) * 32 / 255 - 23
    let wanted = least + (total - least) % (usable - 4)
    let local = wanted <= most ? wanted : least
    guard local > 0, position + local + 4 <= bytes.count else { return nil }
    var payload = Array(bytes[position..<position + local])
    var next = Self.integer(bytes[(position + local)...])
    while payload.count < total, let page = pages[next], payload.count + usable <= total + pageSize {
      payload += page.dropFirst(4).prefix(min(usable - 4, total - payload.count))
      next = Self.integer(page)
    }
    return payload
  }

  /// Four bytes, the high one first.
  private static func integer(_ bytes: ArraySlice<UInt8>) -> Int { bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) } }

  /// Up to nine bytes of seven bits, the high ones first; the ninth has eight.
  private static func varint(_ bytes: [UInt8], _ position: inout Int) -> Int? {
    var value: UInt64 = 0
    for count in 0..<9 {
      guard position < bytes.count else { return nil }
      let byte = bytes[position]
      position += 1
      if count == 8 { return Int(truncatingIfNeeded: value << 8 | UInt64(byte)) }
      value = value << 7 | UInt64(byte & 0x7F)
      if byte & 0x80 == 0 { return Int(truncatingIfNeeded: value) }
    }
    return nil
  }
}
