import Foundation

/// A hunt through files, folders, processes and streams. What it cannot read makes it throw: a sweep that ended has
/// searched everything that it was told to.
package struct HuntSweep {
  private let hunt: CanaryHunt
  /// Files that hold a canary by design, by their path in the folder that is searched.
  private let exceptions: Set<String>
  /// In the order in which they were met.
  package private(set) var finds: [Find] = []
  /// Files and streams that were searched, exceptions not counted.
  package private(set) var places = 0
  package private(set) var bytes = 0
  /// Exceptions that were really there.
  package private(set) var spared: Set<String> = []

  package init(_ hunt: CanaryHunt, except exceptions: Set<String> = []) {
    self.hunt = hunt
    self.exceptions = exceptions
  }

  /// A file, or every file of a folder, hidden ones and names included. Links are not followed. A file that went away
  /// since the folder was listed is no failure: services have temporary files.
  package mutating func search(path: String) throws(HuntFailure) {
    guard let kind = Self.kind(of: path) else { throw HuntFailure("there is no file or folder \(path)") }
    guard kind == .typeDirectory else { return try search(file: path, as: path) }
    guard let walk = FileManager.default.enumerator(atPath: path) else {
      throw HuntFailure("the folder \(path) cannot be read")
    }
    for case let inner as String in walk {
      if exceptions.contains(inner) {
        spared.insert(inner)
        continue
      }
      take(Array(inner.utf8), at: "\(path)/\(inner) (its name)", from: 0)
      if Self.kind(of: "\(path)/\(inner)") == .typeRegular { try search(file: "\(path)/\(inner)", as: inner) }
    }
  }

  /// Command line and environment of a process.
  package mutating func search(process: Int32) throws(HuntFailure) {
    for name in ["cmdline", "environ"] {
      let path = "/proc/\(process)/\(name)"
      guard let handle = FileHandle(forReadingAtPath: path) else { throw HuntFailure("\(path) cannot be read") }
      try search(handle, at: path)
    }
  }

  /// Everything that standard input gives.
  package mutating func searchStandardInput() throws(HuntFailure) {
    try search(.standardInput, at: "standard input")
  }

  /// Bytes in hand.
  package mutating func search(_ bytes: [UInt8], at place: String) {
    places += 1
    take(bytes, at: place, from: 0)
  }

  // MARK: Reading

  private static func kind(of path: String) -> FileAttributeType? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
  }

  private mutating func search(file path: String, as name: String) throws(HuntFailure) {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      if Self.kind(of: path) == nil { return }
      throw HuntFailure("\(path) cannot be read")
    }
    try search(handle, at: name)
    try searchDatabase(path, as: name)
  }

  /// Pieces of this size are searched at once, with an overlap.
  private static let pieceBytes = 8 << 20

  private mutating func search(_ handle: FileHandle, at place: String) throws(HuntFailure) {
    places += 1
    var kept: [UInt8] = []
    var start = 0
    while true {
      let piece: Data?
      do { piece = try handle.read(upToCount: Self.pieceBytes) } catch { throw HuntFailure("\(place) cannot be read") }
      guard let piece, !piece.isEmpty else { break }
      let text = kept + [UInt8](piece)
      take(text, at: place, from: start)
      let keeps = min(text.count, hunt.overlap)
      start += text.count - keeps
      kept = Array(text.suffix(keeps))
    }
    try? handle.close()
  }

  private mutating func take(_ text: [UInt8], at place: String, from start: Int) {
    bytes += text.count
    for find in hunt.finds(in: text, at: place, from: start) where !finds.contains(find) { finds.append(find) }
  }

  private mutating func searchDatabase(_ path: String, as name: String) throws(HuntFailure) {
    guard let handle = FileHandle(forReadingAtPath: path), let magic = try? handle.read(upToCount: 16),
      magic == Data("SQLite format 3\0".utf8)
    else { return }
    let file = FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? []
    let log = FileManager.default.contents(atPath: path + "-wal").map { [UInt8]($0) } ?? []
    // Once as the file has it and once as the log does: a page that was replaced is still in the file.
    for (number, log) in [[], log].enumerated() {
      guard let pages = DatabasePages(file: file, log: log) else { continue }
      for payload in pages.spreadPayloads() {
        take(payload, at: "\(name) (joined pages\(number == 0 ? "" : ", with the log"))", from: 0)
      }
    }
  }
}
