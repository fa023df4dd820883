// swift-tools-version: 6.2
// The house (docs/architecture.md §2): a target imports only targets listed above it, and outside
// packages only where this table says so. Tests/TidyTests holds the import lines against this file.
import PackageDescription

// CHANCERY_CORE=1  only the security core and the pure engine: no NIO, no BoringSSL, a clean build under a minute.
// CHANCERY_ONLY=T  only the target T, what it needs, and its tests: the daily loop on one room.
// CHANCERY_FUZZ=1  only the core and the fuzzer (scripts/fuzz).
// CHANCERY_BENCH=1 only the core and the micro-benchmarks (Benchmarks/README.md).
let fuzz = Context.environment["CHANCERY_FUZZ"] == "1"
let bench = Context.environment["CHANCERY_BENCH"] == "1"
let core = Context.environment["CHANCERY_CORE"] == "1" || fuzz || bench
let only = Context.environment["CHANCERY_ONLY"]

/// A room of the house: its name, what it may import of ours, what it may import from outside.
struct Room {
  enum Kind { case library, executable }
  var name: String
  var ours: [String] = []
  var outside: [Target.Dependency] = []
  var kind: Kind = .library
  var isCore: Bool = true
  var hasTests: Bool = true
  /// The folder, where it is not `Sources/NAME`.
  var path: String?
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let rooms: [Room] = [
  Room(name: "Encodings"),
  Room(name: "SourceText", ours: ["Encodings"], outside: [yams]),
  Room(name: "Cryptography", ours: ["Encodings"], outside: ["CSodium", "COpenSSL", "CHardening"]),
  Room(name: "JOSE", ours: ["Encodings", "Cryptography"]),
  Room(name: "Destinations", ours: ["Encodings"]),
  Room(name: "Access", ours: ["Encodings", "Cryptography"]),
  Room(name: "Redaction", ours: ["Encodings", "Cryptography"], outside: ["CZlib", "CScan"]),
  Room(name: "Hunting", ours: ["Encodings", "Cryptography", "Redaction"]),
  Room(name: "Keyring", ours: ["Encodings", "SourceText", "Cryptography"], outside: ["CHardening"]),
  Room(name: "MessageSignatures", ours: ["Encodings", "Cryptography"]),
  Room(name: "NamedKeys", ours: ["Encodings", "Cryptography", "JOSE", "Keyring"]),
  Room(name: "PostQuantum", ours: ["Cryptography", "NamedKeys"], outside: [crypto], isCore: false),
  Room(name: "Webhooks", ours: ["Encodings", "SourceText", "Cryptography", "MessageSignatures"]),
  Room(
    name: "Labels",
    ours: [
      "Encodings", "Cryptography", "Destinations", "Access", "Redaction", "Keyring", "MessageSignatures", "NamedKeys",
    ]),
  Room(name: "SecretStore", ours: ["Encodings", "Access", "Keyring", "NamedKeys", "Labels"]),
  Room(name: "Ledger", ours: ["Encodings", "Cryptography"]),
  Room(
    name: "Runbooks",
    ours: [
      "Encodings", "SourceText", "Destinations", "MessageSignatures", "NamedKeys", "Webhooks", "Labels",
    ]),
  Room(name: "RunEngine", ours: ["Encodings", "Labels", "Runbooks"]),
  Room(
    name: "FuzzTargets",
    ours: [
      "Encodings", "SourceText", "Cryptography", "Destinations", "Access", "Redaction", "Keyring", "NamedKeys",
      "MessageSignatures", "Webhooks", "SecretStore", "Ledger", "Runbooks",
    ], hasTests: false, path: "Fuzz/Targets"),
  Room(
    name: "Storage", ours: ["Encodings", "Access", "Keyring", "SecretStore", "Ledger", "RunEngine"], isCore: false,
    hasTests: false),
  Room(
    name: "SQLiteStore", ours: ["Encodings", "Access", "Keyring", "SecretStore", "Ledger", "RunEngine", "Storage"],
    outside: [grdb, sqlite], isCore: false, hasTests: false),
  Room(
    name: "Egress", ours: ["Encodings", "Cryptography", "Destinations", "Labels"],
    outside: [asyncHTTPClient, nioCore, nioPosix, nioHTTP1, nioSSL, "CZlib"], isCore: false),
  Room(
    name: "DataSources", ours: ["Encodings", "Cryptography", "Destinations", "Labels"],
    outside: [sqlite, nioPosix, "CDataSources"], isCore: false),
  Room(
    name: "Runner",
    ours: [
      "Encodings", "SourceText", "Cryptography", "Destinations", "Access", "Redaction", "Keyring", "NamedKeys",
      "MessageSignatures", "Webhooks", "Labels", "SecretStore", "Ledger", "Runbooks", "RunEngine", "Storage", "Egress",
      "DataSources",
    ], outside: [lifecycle], isCore: false),
  Room(
    name: "Server",
    ours: [
      "Encodings", "SourceText", "Cryptography", "Destinations", "Access", "Redaction", "Keyring", "NamedKeys",
      "Webhooks", "Labels", "SecretStore", "Ledger", "Runbooks", "RunEngine", "Storage", "Egress", "Runner",
    ],
    outside: [
      hummingbird, hummingbirdCore, hummingbirdTLS, httpTypes, nioHTTPTypes, nioCore, nioHTTP1, nioSSL, logging,
      lifecycle,
    ],
    isCore: false),
  Room(
    name: "chancery",
    ours: [
      "Encodings", "SourceText", "Cryptography", "Destinations", "Access", "Redaction", "Keyring", "NamedKeys",
      "PostQuantum", "Webhooks", "Labels", "SecretStore", "Ledger", "Runbooks", "RunEngine", "Storage", "SQLiteStore",
      "Egress", "DataSources", "Runner", "Server",
    ],
    outside: [argumentParser, asyncHTTPClient, nioCore, nioPosix, nioHTTP1, nioSSL, logging, lifecycle, "CHardening"],
    kind: .executable, isCore: false, hasTests: false),
  Room(
    name: "conformance", ours: ["Encodings", "SourceText", "Cryptography", "JOSE", "MessageSignatures", "Webhooks"],
    outside: ["CZlib", "CHardening"], kind: .executable),
  Room(
    name: "demo", ours: ["Encodings", "Cryptography", "Hunting"],
    outside: [asyncHTTPClient, nioCore, nioPosix, nioHTTP1, unixSignals], kind: .executable, isCore: false,
    hasTests: false),
  Room(name: "canaryhunt", ours: ["Hunting"], kind: .executable, hasTests: false),
  Room(
    name: "simulate", ours: ["Encodings", "Labels", "Runbooks", "RunEngine"], kind: .executable, hasTests: false),
]

/// Test suites that belong to no single room.
let suites: [Room] = [
  Room(
    name: "StoreContractTests",
    ours: [
      "Encodings", "Cryptography", "Access", "Keyring", "SecretStore", "Ledger", "RunEngine", "Storage", "SQLiteStore",
    ],
    outside: [grdb], isCore: false),
  Room(
    name: "NonInterferenceTests",
    ours: [
      "Encodings", "Cryptography", "Destinations", "Access", "Keyring", "NamedKeys", "Webhooks", "Labels", "Ledger",
      "Runbooks", "RunEngine", "Storage", "SQLiteStore", "Egress", "Runner", "Server",
    ], outside: [nioCore, nioPosix, nioHTTP1], isCore: false),
  Room(
    name: "KeyBookTests",
    ours: [
      "Encodings", "Cryptography", "Destinations", "Access", "Keyring", "NamedKeys", "Ledger", "Runbooks", "RunEngine",
      "Storage", "SQLiteStore", "Egress", "Runner",
    ], outside: [nioPosix], isCore: false),
  Room(name: "SimulationTests", ours: ["Encodings", "Labels", "Runbooks", "RunEngine", "simulate"]),
  Room(name: "FuzzTests", ours: ["FuzzTargets"]),
  Room(
    name: "MemoryTests",
    ours: [
      "Encodings", "Cryptography", "Destinations", "Access", "Redaction", "Keyring", "Webhooks", "Labels",
      "SecretStore",
    ]),
  Room(name: "TidyTests", ours: ["Encodings"]),
]

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]

func closure(of name: String) -> Set<String> {
  guard let room = (rooms + suites).first(where: { $0.name == name }) else { return [] }
  return room.ours.reduce(into: [name]) { $0.formUnion(closure(of: $1)) }
}

let wanted: (Room) -> Bool = { room in
  if let only { return closure(of: only).contains(room.name) }
  return !core || room.isCore
}
let testsWanted: (Room) -> Bool = { room in
  if let only { return only == room.name }
  return !core || room.isCore
}

var targets: [Target] = [
  .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
  .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .target(name: "CHardening"),
  .target(name: "CScan"),
  .target(name: "CDataSources"),
  .target(
    name: "TestSupport", dependencies: ["Encodings"], path: "Tests/TestSupport", swiftSettings: settings),
]
for room in rooms where wanted(room) {
  let dependencies = room.ours.map { Target.Dependency.target(name: $0) } + room.outside
  switch room.kind {
  case .library:
    targets.append(.target(name: room.name, dependencies: dependencies, path: room.path, swiftSettings: settings))
  case .executable:
    targets.append(.executableTarget(name: room.name, dependencies: dependencies, swiftSettings: settings))
  }
}
for room in rooms where room.hasTests && testsWanted(room) {
  targets.append(
    .testTarget(
      name: "\(room.name)Tests",
      dependencies: ["TestSupport"] + closure(of: room.name).sorted().map { .target(name: $0) } + room.outside,
      swiftSettings: settings))
}
for suite in suites where testsWanted(suite) {
  targets.append(
    .testTarget(
      name: suite.name, dependencies: ["TestSupport"] + suite.ours.map { .target(name: $0) } + suite.outside,
      swiftSettings: settings))
}
if fuzz {
  targets.append(
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets"], path: "Fuzz/Harness", swiftSettings: settings,
      // libFuzzer comes with a `main`; ours stands before it. The default linker cannot say so.
      linkerSettings: [.unsafeFlags(["-use-ld=lld", "-Xlinker", "--allow-multiple-definition"])]))
}
if bench {
  targets.append(
    .executableTarget(
      name: "redaction-speed", dependencies: ["Redaction"], path: "Benchmarks/RedactionSpeed", swiftSettings: settings))
  targets.append(
    .executableTarget(
      name: "refusal-timing", dependencies: ["Encodings", "Cryptography", "Webhooks"], path: "Benchmarks/RefusalTiming",
      swiftSettings: settings))
  targets.append(
    .executableTarget(
      name: "key-speed", dependencies: ["Cryptography", "Encodings", "NamedKeys"], path: "Benchmarks/NamedKeys",
      swiftSettings: settings))
  targets.append(
    .executableTarget(
      name: "memory-bench", dependencies: ["Cryptography", "CSodium"], path: "Benchmarks/Memory",
      swiftSettings: settings))
}

let needsNetwork = targets.contains { ["Egress", "DataSources", "Server", "chancery", "demo"].contains($0.name) }
let needsStore = targets.contains { ["SQLiteStore", "DataSources"].contains($0.name) }
let needsPostQuantum = targets.contains { $0.name == "PostQuantum" }
let needsYAML = targets.contains { $0.name == "SourceText" }

var packages: [Package.Dependency] = []
if needsPostQuantum { packages.append(.package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2")) }
if needsYAML { packages.append(.package(url: "https://github.com/jpsim/Yams", exact: "6.2.2")) }
if needsStore { packages.append(.package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0")) }
if needsNetwork {
  packages += [
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
  ]
}

let package = Package(
  name: "chancery",
  products: needsNetwork && only == nil
    ? [.executable(name: "chancery", targets: ["chancery"]), .executable(name: "demo", targets: ["demo"])] : [],
  dependencies: packages,
  targets: targets,
  swiftLanguageModes: [.v6])
