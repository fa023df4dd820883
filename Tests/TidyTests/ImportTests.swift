import Testing

@Suite("Imports")
struct ImportTests {
  /// Of the platform, free for all rooms but those that must do without Foundation.
  static let platform: Set<String> = ["Swift", "Synchronization", "Glibc", "Dispatch", "Foundation"]
  /// These stay free of Foundation: their text and number handling must not depend on its coders.
  static let withoutFoundation: Set<String> = [
    "Encodings", "Cryptography", "Destinations", "Redaction", "Labels", "RunEngine", "Keyring", "JOSE", "NamedKeys",
    "Webhooks",
  ]
  /// The engine is pure: not even the platform's clocks and threads.
  static let pure: Set<String> = ["Encodings", "RunEngine", "Runbooks", "Destinations"]

  static let table = TargetTable(manifest: Checkout.text("Package.swift"))

  @Test("The target table is read, in the order in which rooms may see each other")
  func tableIsRead() {
    #expect(Self.table.order.count > 20)
    for (position, room) in Self.table.order.enumerated() {
      let above = Set(Self.table.order.prefix(position))
      #expect(Self.table.ours[room, default: []].isSubset(of: above), "\(room) imports a room below it")
    }
  }

  @Test("A room imports only what the target table allows it")
  func importsAreAllowed() {
    var imports = 0
    for file in Checkout.swiftFiles(below: ["Sources"]) {
      for (number, line) in file.code where line.contains("import ") {
        guard
          let match = line.firstMatch(
            of: /^(?:@\w+ )?(?:package |internal |private |fileprivate )?import (?:\w+ )?([A-Za-z0-9_]+)/)
        else { continue }
        let module = String(match.1)
        imports += 1
        var allowed = Self.table.allowed[file.room, default: []].union(Self.platform)
        if Self.withoutFoundation.contains(file.room) { allowed.remove("Foundation") }
        if Self.pure.contains(file.room) { allowed.subtract(["Foundation", "Glibc", "Dispatch"]) }
        #expect(allowed.contains(module), "\(file.path):\(number) imports \(module)")
      }
    }
    #expect(imports > 100)
  }

  @Test("Each library from outside that has an owner is imported by its owner alone")
  func wallsHold() {
    let owners: [String: Set<String>] = [
      "CSodium": ["Cryptography"], "COpenSSL": ["Cryptography"], "GRDB": ["SQLiteStore", "StoreContractTests"],
      "GRDBSQLite": ["SQLiteStore", "DataSources"], "CDataSources": ["DataSources"],
      "Yams": ["SourceText"], "Crypto": ["PostQuantum"],
    ]
    for (module, rooms) in owners {
      let importers = Self.table.order.filter { Self.table.allowed[$0, default: []].contains(module) }
      #expect(Set(importers) == rooms, "\(module)")
    }
  }
}
