import Access
import Cryptography
import Destinations
import Egress
import Encodings
import Runner

/// The mail server: its settings are written and read, its password is written only.
enum MailRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/mail", .token(.read, path: "api/mail"), read),
    Route(["PUT"], "/api/mail", .token(.update, path: "api/mail"), write),
    Route(["DELETE"], "/api/mail", .token(.delete, path: "api/mail")) { core, _, who in
      guard let who else { throw Problem.unauthenticated }
      try await MailBook(parts: core.parts).delete(by: who, library: core.library)
      return .noContent
    },
    Route(["POST"], "/api/mail/test", .token(.update, path: "api/mail/test"), test),
  ]

  private static func read(_ core: ServerCore, _: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    guard let (settings, updatedAt) = try await MailBook(parts: core.parts).settings() else {
      throw MailBook.noServer
    }
    return .json { writer in
      writer.beginObject()
      writer.key("host")
      writer.string(settings.host.host)
      writer.key("port")
      writer.integer(Int64(settings.host.port))
      writer.key("tls")
      writer.string(settings.security.rawValue)
      writer.key("user")
      if let user = settings.user { writer.string(user) } else { writer.null() }
      writer.key("from")
      writer.string(settings.from.text)
      writer.key("trust")
      if settings.trust.isEmpty { writer.null() } else { writer.string(settings.trust) }
      writer.key("has_password")
      writer.bool(settings.user != nil)
      writer.key("updated_at")
      writer.string(updatedAt.rfc3339)
      writer.endObject()
    }
  }

  private static func write(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let tape = try request.json()
    let password = try text(tape, "password").map { GuardedBytes(copying: Array($0.utf8)) }
    try await MailBook(parts: core.parts).save(try settings(tape), password: password, by: who)
    core.runner.wake()
    return .noContent
  }

  private static func settings(_ tape: JSONTape) throws -> MailSettings {
    guard let port = tape.member(tape.root, "port").flatMap({ tape.integer($0) }).flatMap({ UInt16(exactly: $0) }),
      port > 0
    else { throw Problem.invalid(field: "port", "`port` is a number from 1 to 65535.") }
    guard let host = try text(tape, "host"), let name = try? HostName(Array(host.utf8)) else {
      throw Problem.invalid(field: "host", "`host` is a host name or an IP address (IPv6 in brackets).")
    }
    guard let security = try text(tape, "tls").flatMap({ MailSecurity(rawValue: $0) }) else {
      throw Problem.invalid(field: "tls", "`tls` is starttls, tls or none.")
    }
    guard let from = try text(tape, "from").flatMap({ MailAddress($0) }) else {
      throw Problem.invalid(field: "from", "`from` is one mail address such as chancery@example.org.")
    }
    return try MailSettings(
      host: HostPort(name: name, port: port), security: security, user: try text(tape, "user"), from: from,
      trust: try text(tape, "trust") ?? "")
  }

  /// Nil where it is absent or null.
  private static func text(_ tape: JSONTape, _ key: String) throws -> String? {
    guard let node = tape.member(tape.root, key), tape.kind(node) != .null else { return nil }
    guard let text = tape.string(node) else { throw Problem.invalid(field: key, "`\(key)` must be a string.") }
    return text
  }

  private static func test(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    guard let to = try text(try request.json(), "to").flatMap({ MailAddress($0) }) else {
      throw Problem.invalid(field: "to", "`to` is one mail address such as soc@example.org.")
    }
    do {
      try await MailBook(parts: core.parts).test(to: to)
    } catch let failure as MailFailure {
      let outcome = failure.mayHaveArrived ? "Nobody knows whether the mail was taken" : "The mail was not sent"
      throw Problem.conflict("\(outcome): \(failure.message).")
    }
    return .noContent
  }
}
