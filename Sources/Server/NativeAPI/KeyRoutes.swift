import Access
import Cryptography
import Encodings
import Ledger
import NamedKeys
import Runner

/// Named keys. Policies are asked about `api/keys/NAME` for the key itself and `api/keys/NAME/WORD` for each use, always
/// with `update` for a use: who may verify need not be one who may sign. Only `decrypt` gives out what somebody had
/// sealed; no route gives out a key.
enum KeyRoutes {
  /// A message of the room's limit in base 64, and what stands around it.
  private static let useLimit = NamedKeyLimits.messageCount / 3 * 4 + (256 << 10)

  static let routes: [Route] = [
    Route(["GET"], "/api/keys", .token(.list, path: "api/keys"), list),
    Route(["POST"], "/api/keys/{name}", .token(.create, path: "api/keys/{name}"), create),
    Route(["GET"], "/api/keys/{name}", .token(.read, path: "api/keys/{name}"), read),
    Route(["DELETE"], "/api/keys/{name}", .token(.delete, path: "api/keys/{name}"), delete),
    Route(["POST"], "/api/keys/{name}/restore", .token(.delete, path: "api/keys/{name}"), restore),
    Route(["POST"], "/api/keys/{name}/rotate", use("rotate"), rotate),
    Route(["POST"], "/api/keys/{name}/config", use("config"), configure),
    Route(["POST"], "/api/keys/{name}/trim", use("trim"), trim),
    Route(["POST"], "/api/keys/{name}/encrypt", use("encrypt"), bodyLimit: useLimit, encrypt),
    Route(
      ["POST"], "/api/keys/{name}/decrypt", use("decrypt"), discloses: .machine, bodyLimit: 2 * useLimit, decrypt),
    Route(["POST"], "/api/keys/{name}/sign", use("sign"), bodyLimit: useLimit, sign),
    Route(["POST"], "/api/keys/{name}/verify", use("verify"), bodyLimit: useLimit, verify),
  ]

  private static func use(_ word: String) -> Route.Admission { .token(.update, path: "api/keys/{name}/\(word)") }

  // MARK: The key itself

  private static func list(_ core: ServerCore, _: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    let names = try await core.keys.names()
    return .json { writer in
      writer.beginObject()
      writer.key("keys")
      writer.beginArray()
      for name in names { writer.string(name) }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func create(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let order = try KeyOrder(request, who, takes: ["type", "purpose", "derived", "rotation_period"])
    guard let type = try keyType(order) else { throw unknownType }
    let purpose = try order.text("purpose")
    guard purpose == nil || purpose.flatMap(KeyPurpose.init(rawValue:)) != nil else {
      throw Problem.invalid(
        field: "purpose", "`purpose` is one of \(KeyPurpose.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    let key = try await core.keys.create(
      order.name, type: type, purpose: purpose.flatMap(KeyPurpose.init(rawValue:)),
      isDerived: try order.flag("derived"), rotationPeriodSeconds: try order.integer("rotation_period"),
      by: order.actor)
    return try await changed(core, key, status: 201)
  }

  /// The type that the body names; nil where it names none. Throws for another word.
  private static func keyType(_ order: KeyOrder) throws(Problem) -> KeyType? {
    guard let text = try order.text("type") else { return nil }
    guard let type = KeyType(rawValue: text) else { throw unknownType }
    return type
  }

  private static var unknownType: Problem {
    .invalid(field: "type", "`type` is one of \(KeyType.allCases.map(\.rawValue).joined(separator: ", ")).")
  }

  private static func read(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    answer(try await core.keys.key(try KeyName(request.parameter("name"))))
  }

  private static func delete(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let order = try KeyOrder(request, who, takes: ["waiting_time"])
    return try await changed(
      core,
      try await core.keys.delete(order.name, waitingTimeSeconds: try order.integer("waiting_time"), by: order.actor))
  }

  private static func restore(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let order = try KeyOrder(request, who, takes: [])
    return try await changed(
      core, try await core.keys.restore(order.name, by: order.actor))
  }

  private static func rotate(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let order = try KeyOrder(request, who, takes: [])
    return try await changed(
      core, try await core.keys.rotate(order.name, by: order.actor))
  }

  private static func configure(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let names = ["min_decryption_version", "min_encryption_version", "rotation_period"]
    let order = try KeyOrder(request, who, takes: Set(names))
    return try await changed(
      core,
      try await core.keys.configure(
        order.name, minimumDecryption: try order.version(names[0]), minimumEncryption: try order.version(names[1]),
        rotationPeriodSeconds: try order.integer(names[2]), by: order.actor))
  }

  private static func trim(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let order = try KeyOrder(request, who, takes: ["min_available_version"])
    guard let minimum = try order.version("min_available_version") else {
      throw Problem.invalid(field: "min_available_version", "`min_available_version` is the oldest version to keep.")
    }
    return try await changed(
      core, try await core.keys.trim(order.name, below: minimum, by: order.actor))
  }

  /// Endpoints check by the versions that a key has: those that have it read it anew.
  private static func changed(
    _ core: ServerCore, _ key: NamedKey, status: Int = 200
  ) async throws -> RouteResponse {
    try await core.endpoints.renew(key: key.name.text)
    return answer(key, status: status)
  }

  private static func answer(_ key: NamedKey, status: Int = 200) -> RouteResponse {
    .json(status) { writer in
      writer.beginObject()
      writer.key("name")
      writer.string(key.name.text)
      writer.key("type")
      writer.string(key.type.rawValue)
      writer.key("purpose")
      writer.string(key.purpose.rawValue)
      writer.key("derived")
      writer.bool(key.isDerived)
      writer.key("latest_version")
      writer.integer(Int64(key.versions.latest))
      writer.key("min_available_version")
      writer.integer(Int64(key.versions.minimumAvailable))
      writer.key("min_decryption_version")
      writer.integer(Int64(key.versions.minimumDecryption))
      writer.key("min_encryption_version")
      writer.integer(Int64(key.versions.minimumEncryption))
      writer.key("rotation_period")
      if let period = key.rotationPeriodSeconds { writer.integer(period) } else { writer.null() }
      writer.key("destroyed_at")
      if let end = key.destroyedAt { writer.string(end.rfc3339) } else { writer.null() }
      writer.key("versions")
      writer.beginArray()
      for version in key.versions.all { write(version, of: key, to: &writer) }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func write(_ version: KeyVersion, of key: NamedKey, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("version")
    writer.integer(Int64(version.number))
    writer.key("created_at")
    writer.string(version.createdAt.rfc3339)
    writer.key("uses")
    writer.integer(Int64(clamping: version.reservedUses))
    writer.key("should_rotate")
    writer.bool(key.isNearlyExhausted(version.number))
    writer.key("public_key")
    if let bytes = version.publicKey {
      let parsed = try? PublicKey(subjectPublicKeyInfo: bytes)
      writer.string(parsed?.pem ?? Base64.encode(bytes))
    } else {
      writer.null()
    }
    writer.endObject()
  }

  // MARK: Uses

  private static func encrypt(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let order = try KeyOrder(request, who, takes: ["plaintext", "associated_data", "context", "version"])
    guard let plaintext = try order.bytes("plaintext") else { throw KeyOrder.missing("plaintext") }
    let used = try await core.keys.encrypt(
      GuardedBytes(copying: plaintext), with: order.name, version: try order.version("version"),
      context: try order.bytes("context"), associatedData: try order.bytes("associated_data") ?? [], by: order.actor)
    return made("ciphertext", used.result, used)
  }

  private static func decrypt(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let order = try KeyOrder(request, who, takes: ["ciphertext", "associated_data", "context"])
    guard let text = try order.text("ciphertext") else { throw KeyOrder.missing("ciphertext") }
    let used = try await core.keys.decrypt(
      try KeyText(text), with: order.name, context: try order.bytes("context"),
      associatedData: try order.bytes("associated_data") ?? [], by: order.actor)
    return made("plaintext", used.result.withBytes { Base64.encode($0) }, used)
  }

  private static func sign(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let order = try KeyOrder(request, who, takes: ["message", "context", "version", "algorithm", "type"])
    guard let message = try order.bytes("message") else { throw KeyOrder.missing("message") }
    if let type = try keyType(order) { try await core.keys.expectType(type, of: order.name) }
    let context = try order.bytes("context")
    let version = try order.version("version")
    guard let way = try bareWay(order) else {
      let used = try await core.keys.sign(
        message, with: order.name, version: version, context: context, by: order.actor)
      return made("signature", used.result, used)
    }
    let used = try await core.keys.signMessage(
      message, with: order.name, as: way, version: version, context: context, by: order.actor)
    return made("signature", Base64.encode(used.result), used)
  }

  private static func verify(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    let order = try KeyOrder(
      request, who, takes: ["message", "signature", "context", "algorithm", "signature_form", "version"])
    guard let message = try order.bytes("message") else { throw KeyOrder.missing("message") }
    guard let text = try order.text("signature") else { throw KeyOrder.missing("signature") }
    let context = try order.bytes("context")
    let version = try order.version("version")
    guard let way = try bareWay(order) else {
      guard version == nil, try order.text("signature_form") == nil else {
        throw Problem.invalid(
          field: "algorithm", "`version` and `signature_form` go with an `algorithm`; other signatures say theirs.")
      }
      guard try await core.keys.key(order.name).purpose != .messages else {
        throw Problem.invalid(
          field: "algorithm", "The key is for messages: name the `algorithm` of its bare signature.")
      }
      let used = try await core.keys.verify(
        try KeyText(text), for: message, with: order.name, context: context, by: order.actor)
      return judged(used)
    }
    let used = try await core.keys.verifyMessage(
      try bareSignature(text, order), for: message, with: order.name, as: way, version: version, context: context,
      by: order.actor)
    return judged(used)
  }

  /// How a key for messages signs; nil where the body names no algorithm. Throws for a word that is none.
  private static func bareWay(_ order: KeyOrder) throws(Problem) -> BareSigner.Way? {
    guard let algorithm = try order.text("algorithm") else { return nil }
    guard let way = BareSigner.Way(name: algorithm) else {
      throw .invalid(
        field: "algorithm", "`algorithm` is one of \(BareSigner.Way.names.joined(separator: ", ")).")
    }
    return way
  }

  /// The bytes of a signature in the form that the body names: base 64 where it names none.
  private static func bareSignature(_ text: String, _ order: KeyOrder) throws(Problem) -> [UInt8] {
    let decoded: [UInt8]?
    switch try order.text("signature_form") ?? "base64" {
    case "base64": decoded = Base64.decode(text)
    case "hex": decoded = Hex.decode(text)
    default: throw .invalid(field: "signature_form", "`signature_form` is base64 or hex.")
    }
    guard let bytes = decoded else {
      throw .invalid(field: "signature", "`signature` is no bare signature in its `signature_form` (base64 or hex).")
    }
    return bytes
  }

  private static func judged(_ used: KeyBook.Used<Bool>) -> RouteResponse {
    .json { writer in
      writer.beginObject()
      writer.key("valid")
      writer.bool(used.result)
      writer.key("version")
      writer.integer(Int64(used.version))
      writer.endObject()
    }
  }

  private static func made<R: Sendable>(_ name: String, _ text: String, _ used: KeyBook.Used<R>) -> RouteResponse {
    .json { writer in
      writer.beginObject()
      writer.key(name)
      writer.string(text)
      writer.key("version")
      writer.integer(Int64(used.version))
      writer.key("should_rotate")
      writer.bool(used.shouldRotate)
      writer.endObject()
    }
  }
}
