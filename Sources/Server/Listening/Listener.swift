import Destinations
import Encodings
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
package import ServiceLifecycle

/// The HTTP lane: reads heads and bodies within their limits, hands them to `Dispatch`, writes the answers. It knows
/// nothing of what they mean.
package struct Listener: Sendable {
  package struct Address: Sendable {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  /// Certificate chain and key, both PEM files.
  package struct TLSFiles: Sendable {
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// The service that listens until it is told to shut down.
  ///
  /// - Parameter ready: called once with the port that is listened on.
  package static func service(
    core: ServerCore, address: Address, tls: TLSFiles?, proxies: TrustedProxies,
    ready: @escaping @Sendable (Int) async -> Void
  ) throws -> any Service {
    let dispatch = Dispatch(core: core)
    let budget = BodyBudget()
    let responder = CallbackResponder<ConnectionContext> { request, context in
      let caller = proxies.caller(peer: context.peer, forwarded: forwarded(request))
      return await respond(to: request, from: caller, dispatch: dispatch, budget: budget)
    }
    let channel = HTTP1Channel.Configuration(
      idleTimeout: .seconds(Limits.idleSeconds),
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: Limits.headerBytes, maxHeaderListSize: 2 * Limits.headerBytes,
        maxHeaderFieldCount: 2 * Limits.headers))
    let lane = ExpressLane.Shared(dispatch: dispatch, budget: budget, proxies: proxies)
    let base = HTTPServerBuilder { responder in
      ExpressChannel(base: HTTP1Channel(responder: responder, configuration: channel), lane: lane)
    }
    let server: HTTPServerBuilder
    if let tls {
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(tls.certificate).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: tls.key, format: .pem)))
      configuration.minimumTLSVersion = .tlsv12
      server = try .tls(base, tlsConfiguration: configuration)
    } else {
      server = base
    }
    // The framework's own log lines could hold request targets; ours say what is needed.
    let silent = Logger(label: "chancery.http") { _ in SwiftLogNoOpLogHandler() }
    return Application(
      responder: responder, server: server,
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port), serverName: nil, reuseAddress: true,
        availableConnectionsDelegate: MaximumAvailableConnections(Limits.connections, logger: silent)),
      onServerRunning: { channel in await ready(channel.localAddress?.port ?? address.port) }, logger: silent)
  }

  private static func forwarded(_ request: Request) -> [[UInt8]] { forwarded(request.headers) }

  static func forwarded(_ fields: HTTPFields) -> [[UInt8]] {
    guard let name = HTTPField.Name("X-Forwarded-For") else { return [] }
    return fields[fields: name].map { Array($0.value.utf8) }
  }

  /// Whether target and headers keep the limits.
  static func keepsLimits(_ head: HTTPRequest) -> Bool {
    let size = head.headerFields.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count }
    return (head.path ?? "/").utf8.count <= Limits.target && head.headerFields.count <= Limits.headers
      && size <= Limits.headerBytes
  }

  /// All headers in their order, `Host` first.
  static func headers(of head: HTTPRequest) -> [(name: String, value: [UInt8])] {
    let host = head.authority.map { [(name: "Host", value: Array($0.utf8))] } ?? []
    return host + head.headerFields.map { (name: $0.name.rawName, value: Array($0.value.utf8)) }
  }

  /// The problem of a body that was half sent, or too slow: nothing was started.
  static let halfSent = Problem.invalid(field: "body", "The body ended before it was complete.")

  private static func respond(
    to request: Request, from caller: IPAddress?, dispatch: Dispatch, budget: BodyBudget
  ) async -> Response {
    let method = request.method.rawValue
    let target = request.head.path ?? "/"
    let path = String(target.prefix { $0 != "?" })
    let isVault = path.hasPrefix("/v1/")
    guard keepsLimits(request.head) else {
      return response(dispatch.refuse(.tooLarge(limit: Limits.headerBytes), isVault: isVault), closes: true)
    }
    let limit = dispatch.bodyLimit(method: method, path: path)
    let announced = request.headers[.contentLength].flatMap { Int($0) }
    if let announced, announced > limit {
      return response(dispatch.refuse(.tooLarge(limit: limit), isVault: isVault), closes: true)
    }
    let hasBody = announced.map { $0 > 0 } ?? (request.headers[.transferEncoding] != nil)
    let headers = headers(of: request.head)
    if hasBody {
      // Whoever has no token is not read: a body costs memory, and time.
      let head = RouteRequest(method: method, target: target, headers: headers, body: [], caller: caller)
      if let refusal = await dispatch.refusalBeforeBody(head) { return response(refusal, closes: true) }
      let holder = BodyHolder(purpose: dispatch.bodyPurpose(method: method, path: path), caller: caller)
      let reservation = budget.reservation(for: holder)
      defer { reservation.giveBack() }
      let body: [UInt8]
      switch await read(request, upTo: limit, into: reservation) {
      case .whole(let bytes): body = bytes
      case .tooLarge: return response(dispatch.refuse(.tooLarge(limit: limit), isVault: isVault), closes: true)
      case .noRoom: return response(dispatch.refuse(.busy(retryAfterSeconds: 1), isVault: isVault), closes: true)
      case .incomplete: return response(dispatch.refuse(halfSent, isVault: isVault), closes: true)
      }
      return response(
        await dispatch.answer(
          RouteRequest(method: method, target: target, headers: headers, body: body, caller: caller)))
    }
    return response(
      await dispatch.answer(
        RouteRequest(method: method, target: target, headers: headers, body: [], caller: caller)))
  }

  private enum Body: Sendable {
    case whole([UInt8])
    case tooLarge
    case noRoom
    case incomplete
  }

  private static func read(_ request: Request, upTo limit: Int, into reservation: BodyReservation) async -> Body {
    await withTaskGroup(of: Body.self) { group in
      group.addTask {
        var body: [UInt8] = []
        do {
          for try await piece in request.body {
            guard body.count + piece.readableBytes <= limit else { return .tooLarge }
            guard reservation.take(piece.readableBytes) else { return .noRoom }
            body.append(contentsOf: piece.readableBytesView)
          }
          return .whole(body)
        } catch {
          return .incomplete
        }
      }
      group.addTask {
        let start = ContinuousClock.now
        var end = start
        repeat {
          end = start + BodyPace.allowance(received: reservation.count)
          try? await Task.sleep(until: end, clock: .continuous)
          // What came in the meantime may have bought time.
        } while !Task.isCancelled && end < start + BodyPace.allowance(received: reservation.count)
        return .incomplete
      }
      defer { group.cancelAll() }
      return await group.next() ?? .incomplete
    }
  }

  static func response(_ answer: RouteResponse, closes: Bool = false) -> Response {
    var headers = HTTPFields()
    if closes { headers[.connection] = "close" }
    for (name, value) in answer.headers {
      if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
    }
    let body: ResponseBody
    switch answer.body {
    case .bytes(let bytes): body = bytes.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    case .stream(let pieces): body = ResponseBody(asyncSequence: pieces.map { ByteBuffer(bytes: $0) })
    }
    return Response(status: HTTPResponse.Status(code: answer.status), headers: headers, body: body)
  }
}

/// What the framework knows of a connection: where it comes from.
private struct ConnectionContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let peer: IPAddress?

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    peer = source.channel.peer
  }
}

extension Channel {
  /// The other end; an IPv4 caller on a socket of both families comes as ::ffff:a.b.c.d.
  var peer: IPAddress? {
    (remoteAddress?.ipAddress).flatMap { text in
      IPAddress(text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text)
    }
  }
}
