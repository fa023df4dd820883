import Cryptography
import Encodings
import Keyring
import NamedKeys
import Runner
import Storage
import Testing

@Suite("The book of named keys")
struct KeyBookTests {
  private static let actor = KeyBookRig.actor
  private static let message = GuardedBytes(copying: Array("attack at dawn".utf8))

  private static func name(_ text: String = "orders") throws -> KeyName { try KeyName(text) }

  private static func create(
    _ book: KeyBook, _ text: String = "orders", _ type: KeyType = .aes256GCM, rotation: Int64? = nil
  ) async throws -> NamedKey {
    try await book.create(
      try name(text), type: type, purpose: nil, isDerived: false, rotationPeriodSeconds: rotation, by: actor)
  }

  private static func encrypt(_ book: KeyBook, version: UInt32? = nil) async throws -> String {
    try await book.encrypt(
      message, with: try name(), version: version, context: nil, associatedData: [], by: actor
    ).result
  }

  private static func decrypt(_ book: KeyBook, _ text: String) async throws -> Bool {
    let used = try await book.decrypt(
      try KeyText(text), with: try name(), context: nil, associatedData: [], by: actor)
    return used.result.withBytes { Array($0) } == message.withBytes { Array($0) }
  }

  @Test("A key is made once, outlives the book, and is another one after it was destroyed and made anew")
  func making() async throws {
    try await KeyBookRig.with { rig in
      var text = ""
      var id = ""
      try await rig.withBook { book, _ in
        id = try await Self.create(book).id
        text = try await Self.encrypt(book)
        await #expect(throws: ServiceFault.conflict("A key `orders` exists already.")) { try await Self.create(book) }
      }
      try await rig.withBook { book, store in
        let isListed = try await book.names() == ["orders"]
        #expect(isListed)
        let opensAgain = try await Self.decrypt(book, text)
        #expect(opensAgain)
        _ = try await book.delete(try Self.name(), waitingTimeSeconds: 86_400, by: Self.actor)
        await #expect(throws: ServiceFault.conflict("A key `orders` exists already.")) { try await Self.create(book) }
        rig.pass(seconds: 86_400)
        let isDestroyed = await book.tend()
        #expect(isDestroyed)
        let isGone = try await book.names() == []
        #expect(isGone)
        let isWiped = try await store.keyMaterial("orders", version: 1) == nil
        #expect(isWiped)
        let again = try await Self.create(book)
        #expect(again.id != id)
        await #expect(throws: NamedKeyError.cannotOpen) { try await Self.decrypt(book, text) }
      }
    }
  }

  @Test("After a rotation the newest version encrypts and all open, until one is retired, and trimming destroys it")
  func versions() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, store in
        _ = try await Self.create(book)
        let old = try await Self.encrypt(book)
        let isSecond = try await book.rotate(try Self.name(), by: Self.actor).versions.latest == 2
        #expect(isSecond)
        let new = try await Self.encrypt(book)
        #expect(old.hasPrefix("chancery:v1:") && new.hasPrefix("chancery:v2:"))
        let oldOpens = try await Self.decrypt(book, old)
        #expect(oldOpens)
        let newOpens = try await Self.decrypt(book, new)
        #expect(newOpens)
        let olderStillMakes = try await Self.encrypt(book, version: 1).hasPrefix("chancery:v1:")
        #expect(olderStillMakes)
        // Only what no longer decrypts is trimmed.
        await #expect(throws: NamedKeyError.setting(.minimumAvailableVersion)) {
          try await book.trim(try Self.name(), below: 2, by: Self.actor)
        }
        _ = try await book.configure(
          try Self.name(), minimumDecryption: 2, minimumEncryption: nil, rotationPeriodSeconds: nil, by: Self.actor)
        await #expect(throws: NamedKeyError.versionTooOld(1, minimum: 2)) { try await Self.decrypt(book, old) }
        await #expect(throws: NamedKeyError.versionTooOld(1, minimum: 2)) {
          try await Self.encrypt(book, version: 1)
        }
        let oldIsKept = try await store.keyMaterial("orders", version: 1) != nil
        #expect(oldIsKept)
        _ = try await book.trim(try Self.name(), below: 2, by: Self.actor)
        let isTrimmed = try await store.keyMaterial("orders", version: 1) == nil
        #expect(isTrimmed)
        await #expect(throws: NamedKeyError.unknownVersion(1)) { try await Self.decrypt(book, old) }
        let newStillOpens = try await Self.decrypt(book, new)
        #expect(newStillOpens)
      }
    }
  }

  @Test("A deleted key does nothing, comes back whole, and is destroyed at its time and not before")
  func deleting() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, store in
        _ = try await Self.create(book)
        let text = try await Self.encrypt(book)
        let name = try Self.name()
        for days in [Int64(0), 367] {
          await #expect(throws: NamedKeyError.setting(.waitingTime)) {
            try await book.delete(name, waitingTimeSeconds: days * 86_400, by: Self.actor)
          }
        }
        let deleted = try await book.delete(name, waitingTimeSeconds: nil, by: Self.actor)
        #expect(deleted.destroyedAt == KeyBookRig.start.advanced(byMilliseconds: 30 * 86_400_000))
        await #expect(throws: NamedKeyError.deleted) { try await Self.encrypt(book) }
        await #expect(throws: NamedKeyError.deleted) { try await Self.decrypt(book, text) }
        await #expect(throws: NamedKeyError.deleted) { try await book.rotate(name, by: Self.actor) }
        rig.pass(seconds: 30 * 86_400 - 1)
        let isEarly = await book.tend() == false
        #expect(isEarly)
        _ = try await book.restore(name, by: Self.actor)
        let isBack = try await Self.decrypt(book, text)
        #expect(isBack)
        _ = try await book.delete(name, waitingTimeSeconds: 86_400, by: Self.actor)
        rig.pass(seconds: 86_400)
        await #expect(throws: NamedKeyError.deleted) { try await book.restore(name, by: Self.actor) }
        let isOver = await book.tend()
        #expect(isOver)
        await #expect(throws: ServiceFault.notFound(kind: "key", name: "orders")) { try await book.key(name) }
        let isWipedAtItsTime = try await store.keyMaterial("orders", version: 1) == nil
        #expect(isWipedAtItsTime)
      }
    }
  }

  @Test("A key that is destroyed takes its grants along: a later one of its name is granted to nobody")
  func grantsOfDestroyedKeys() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, store in
        _ = try await Self.create(book)
        let sealed = try #require(try await store.namedKey("orders")).record
        let document = StoredDocument(
          kind: .runbook, id: "ship", name: "Ship", revision: 1, isActive: true, updatedAt: KeyBookRig.start,
          text: sealed)
        let grants = ["keys/orders#decrypt", "keys/others#sign", "kv/orders"].map {
          StoredGrant(
            runbookID: "ship", secretPath: $0, materialHash: String(repeating: "0", count: 64), hosts: [],
            grantedAt: KeyBookRig.start, grantedBy: "root")
        }
        _ = try await store.commit(WriteBatch([.saveDocument(document)] + grants.map { .saveGrant($0) }))
        _ = try await book.delete(try Self.name(), waitingTimeSeconds: 86_400, by: Self.actor)
        rig.pass(seconds: 86_400)
        _ = await book.tend()
        _ = try await Self.create(book)
        let left = try await store.grants(runbookID: "ship").map(\.secretPath).sorted()
        #expect(left == ["keys/others#sign", "kv/orders"])
      }
    }
  }

  @Test("A key whose rotation fails stops no other one, stands in the ledger once, and is tried again")
  func rotationFails() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, store in
        for text in ["a", "b"] { _ = try await Self.create(book, text, rotation: 3600) }
        rig.pass(seconds: 3600)
        store.failNext(.lost)
        let hasChanged = await book.tend()
        #expect(hasChanged)
        func versions() async throws -> [UInt32] {
          var found: [UInt32] = []
          for text in ["a", "b"] { found.append(try await book.key(try KeyName(text)).versions.latest) }
          return found
        }
        let once = try await versions()
        #expect(once == [1, 2])
        let rows = try await store.ledgerRows(from: 0, limit: 100)
        let alarms = rows.filter { String(decoding: $0.bytes, as: UTF8.self).contains("ALARM") }
        #expect(alarms.count == 1)
        let isTriedAgain = await book.tend()
        #expect(isTriedAgain)
        let both = try await versions()
        #expect(both == [2, 2])
      }
    }
  }

  @Test("A key rotates by itself when its period is over, once")
  func rotating() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, _ in
        _ = try await Self.create(book, rotation: 3600)
        rig.pass(seconds: 3599)
        let isBeforeItsTime = await book.tend() == false
        #expect(isBeforeItsTime)
        rig.pass(seconds: 1)
        let isRotated = await book.tend()
        #expect(isRotated)
        let isRotatedOnce = await book.tend() == false
        #expect(isRotatedOnce)
        let hasTwo = try await book.key(try Self.name()).versions.latest == 2
        #expect(hasTwo)
      }
    }
  }

  @Test("What is shown of a key is its public half: of a secret nothing, of a pair what verifies")
  func showing() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, _ in
        for type in [KeyType.aes256GCM, .hmac] {
          let key = try await Self.create(book, type.rawValue, type)
          #expect(key.versions.all.allSatisfy { $0.publicKey == nil })
        }
        let key = try await Self.create(book, "pair", .ed25519)
        let name = try Self.name("pair")
        let message: [UInt8] = [1, 2, 3]
        let text = try await book.sign(message, with: name, version: nil, context: nil, by: Self.actor).result
        let verifier = try SignatureVerifier(try PublicKeyVersion(key, 1))
        #expect(verifier.isValid(try KeyText(text), for: message))
        let valid = try await book.verify(try KeyText(text), for: message, with: name, context: nil, by: Self.actor)
        let other = try await book.verify(try KeyText(text), for: [9], with: name, context: nil, by: Self.actor)
        #expect(valid.result && !other.result)
      }
    }
  }

  @Test("A bare signature is verified by the version that made it, while that one verifies, and by no other")
  func bareSignatures() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, _ in
        let name = try Self.name("hooks")
        _ = try await book.create(
          name, type: .hmac, purpose: .messages, isDerived: false, rotationPeriodSeconds: nil, by: Self.actor)
        let made = try await book.signMessage(
          [1], with: name, as: .hmac(.sha256), version: nil, context: nil, by: Self.actor
        ).result
        _ = try await book.rotate(name, by: Self.actor)
        let cases: [(message: [UInt8], version: UInt32?, isValid: Bool)] = [
          ([1], nil, true), ([1], 1, true), ([1], 2, false), ([2], nil, false),
        ]
        for (message, version, expected) in cases {
          let used = try await book.verifyMessage(
            made, for: message, with: name, as: .hmac(.sha256), version: version, context: nil, by: Self.actor)
          #expect(used.result == expected)
          #expect(!expected || used.version == 1)
        }
        await #expect(throws: NamedKeyError.algorithm(.hmac)) {
          try await book.verifyMessage(
            made, for: [1], with: name, as: .publicKey(.ed25519), version: nil, context: nil, by: Self.actor)
        }
        await #expect(throws: ServiceFault.conflict("The key `hooks` is of type hmac, not ed25519.")) {
          try await book.expectType(.ed25519, of: name)
        }
        _ = try await book.configure(
          name, minimumDecryption: 2, minimumEncryption: nil, rotationPeriodSeconds: nil, by: Self.actor)
        let retired = try await book.verifyMessage(
          made, for: [1], with: name, as: .hmac(.sha256), version: nil, context: nil, by: Self.actor)
        #expect(!retired.result)
      }
    }
  }

  @Test("Each use and each change is an entry of the ledger, a failed decryption too")
  func entries() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, store in
        _ = try await Self.create(book)
        let text = try await Self.encrypt(book)
        _ = try await Self.decrypt(book, text)
        let changed = KeyText(version: 1, bytes: [UInt8](repeating: 0, count: 40)).text
        await #expect(throws: NamedKeyError.cannotOpen) { try await Self.decrypt(book, changed) }
        _ = try await book.rotate(try Self.name(), by: Self.actor)
        let actions = try await store.actions().filter { $0 != "anchor" }
        #expect(actions == ["key-create", "encrypt", "decrypt", "decrypt", "key-rotate"])
      }
    }
  }

  @Test(
    "No plaintext is given out, and nothing is made, that is not on record",
    arguments: [CommitFault.lost, .keptAndFailed])
  func unrecorded(fault: CommitFault) async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, store in
        _ = try await Self.create(book)
        let text = try await Self.encrypt(book)
        store.failNext(fault)
        await #expect(throws: StoreFault.self) { try await Self.decrypt(book, text) }
        store.failNext(fault)
        await #expect(throws: StoreFault.self) { try await Self.encrypt(book) }
        let opensAfterwards = try await Self.decrypt(book, text)
        #expect(opensAfterwards)
      }
    }
  }

  @Test(
    "A change whose write failed is done or not done, and never half", arguments: [CommitFault.lost, .keptAndFailed])
  func halves(fault: CommitFault) async throws {
    try await KeyBookRig.with { rig in
      let isKept = fault == .keptAndFailed
      var text = ""
      try await rig.withBook { book, store in
        store.failNext(fault)
        await #expect(throws: StoreFault.self) { try await Self.create(book) }
        if !isKept { _ = try await Self.create(book) }
        text = try await Self.encrypt(book)
        store.failNext(fault)
        await #expect(throws: StoreFault.self) { try await book.rotate(try Self.name(), by: Self.actor) }
      }
      try await rig.withBook { book, store in
        let latest: UInt32 = isKept ? 2 : 1
        let isAsWritten = try await book.key(try Self.name()).versions.latest == latest
        #expect(isAsWritten)
        let makesByNewest = try await Self.encrypt(book).hasPrefix("chancery:v\(latest):")
        #expect(makesByNewest)
        let oldTextOpens = try await Self.decrypt(book, text)
        #expect(oldTextOpens)
        let materialIsAsWritten = try await (store.keyMaterial("orders", version: 2) != nil) == isKept
        #expect(materialIsAsWritten)
        _ = try await book.rotate(try Self.name(), by: Self.actor)
        _ = try await book.configure(
          try Self.name(), minimumDecryption: 2, minimumEncryption: nil, rotationPeriodSeconds: nil, by: Self.actor)
        store.failNext(fault)
        await #expect(throws: StoreFault.self) { try await book.trim(try Self.name(), below: 2, by: Self.actor) }
      }
      try await rig.withBook { book, store in
        let trimIsAsWritten = try await book.key(try Self.name()).versions.minimumAvailable == (isKept ? 2 : 1)
        #expect(trimIsAsWritten)
        let oldMaterialIsAsWritten = try await (store.keyMaterial("orders", version: 1) == nil) == isKept
        #expect(oldMaterialIsAsWritten)
      }
    }
  }

  @Test("Uses on record are never fewer than there were, however often the service ends")
  func uses() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, _ in _ = try await Self.create(book) }
      var used: UInt64 = 0
      for _ in 0..<3 {
        try await rig.withBook { book, store in
          for _ in 0..<3 {
            _ = try await Self.encrypt(book)
            used += 1
          }
          let recorded = try await book.key(try Self.name()).versions.all[0].reservedUses
          #expect(recorded >= used)
          // The write that covers the next ones is lost: nothing is encrypted then.
          store.failNext(.lost)
          await #expect(throws: StoreFault.self) { try await Self.encrypt(book) }
        }
      }
      try await rig.withBook { book, _ in
        // Each book covered its uses by one write, ahead of time.
        let isCoveredOnceForEach = try await book.key(try Self.name()).versions.all[0].reservedUses == 3 * 1024
        #expect(isCoveredOnceForEach)
      }
    }
  }

  @Test("Every refusal says what is wrong in a sentence")
  func refusals() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withBook { book, _ in
        _ = try await Self.create(book)
        let name = try Self.name()
        var sentences: [String] = []
        func refused(_ body: () async throws -> Void) async {
          do {
            try await body()
            Issue.record("it was not refused")
          } catch {
            sentences.append(ServiceFault(error).sentence)
          }
        }
        await refused { _ = try await book.key(try Self.name("nobody")) }
        await refused { _ = try await book.sign([1], with: name, version: nil, context: nil, by: Self.actor) }
        await refused { _ = try await Self.encrypt(book, version: 7) }
        await refused {
          _ = try await book.encrypt(
            Self.message, with: name, version: nil, context: [1], associatedData: [], by: Self.actor)
        }
        await refused {
          _ = try await book.configure(
            name, minimumDecryption: 5, minimumEncryption: nil, rotationPeriodSeconds: nil, by: Self.actor)
        }
        _ = try await book.delete(name, waitingTimeSeconds: nil, by: Self.actor)
        await refused { _ = try await Self.encrypt(book) }
        #expect(
          sentences == [
            "There is no key `nobody`.", "The key is for encryption, and for nothing else.",
            "The key has no version 7.", "The key is not derived by context: name none.",
            "The setting min_decryption_version is out of its bounds.",
            "The key is deleted; until its waiting time is over it can be restored.",
          ])
      }
    }
  }
}
