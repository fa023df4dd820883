import Foundation

/// The table of Package.swift, read as text: what each room may import.
struct TargetTable {
  /// Module names by room, ours and from outside.
  private(set) var allowed: [String: Set<String>] = [:]
  /// Rooms in the order of the table.
  private(set) var order: [String] = []
  private(set) var ours: [String: Set<String>] = [:]

  init(manifest: String) {
    var products: [String: String] = [:]
    for match in manifest.matches(of: /let (\w+): Target\.Dependency = \.product\(name: "(\w+)"/) {
      products[String(match.1)] = String(match.2)
    }
    let table = manifest.split(separator: "let settings").first.map(String.init) ?? ""
    for room in table.components(separatedBy: "Room(").dropFirst() {
      guard let name = room.firstMatch(of: /name: "(\w+)"/).map({ String($0.1) }) else { continue }
      order.append(name)
      let mine = Self.list(after: "ours:", in: room).filter { $0.hasPrefix("\"") }.map { $0.replacing("\"", with: "") }
      let outside = Self.list(after: "outside:", in: room).map { word in
        word.hasPrefix("\"") ? word.replacing("\"", with: "") : products[word] ?? word
      }
      ours[name] = Set(mine)
      allowed[name] = Set(mine + outside)
    }
  }

  private static func list(after key: String, in text: String) -> [String] {
    guard let start = text.range(of: key), let open = text[start.upperBound...].firstIndex(of: "["),
      let close = text[open...].firstIndex(of: "]")
    else { return [] }
    return text[text.index(after: open)..<close].split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }.filter { !$0.isEmpty }
  }
}
