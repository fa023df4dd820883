import Encodings
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The other side on loopback. What it answers follows from the path alone: the only secret that it gives out is the one
/// that it was told to, at `/door`, and at `/echo` it repeats what it was sent.
final class TwinUpstream: Sendable {
  let port: Int
  private let channel: any Channel
  private let secrets: Box

  /// What each runbook's door gives out, by the runbook's name.
  private final class Box: Sendable {
    let byRunbook = Mutex<[String: String]>([:])
  }

  private init(port: Int, channel: any Channel, secrets: Box) {
    self.port = port
    self.channel = channel
    self.secrets = secrets
  }

  static func start() async throws -> TwinUpstream {
    let secrets = Box()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(secrets))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return TwinUpstream(port: channel.localAddress?.port ?? 0, channel: channel, secrets: secrets)
  }

  func give(_ secrets: [String: String]) { self.secrets.byRunbook.withLock { $0 = secrets } }

  func stop() async { try? await channel.close() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let secrets: Box
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ secrets: Box) { self.secrets = secrets }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        self.head = head
        body = []
      case .body(let part): body += Array(part.readableBytesView)
      case .end:
        guard let head else { return }
        let (status, type, text) = answer(head)
        let headers = HTTPHeaders([
          ("Content-Type", type), ("Content-Length", "\(text.utf8.count)"), ("X-Plain", "always the same"),
        ])
        context.write(
          wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: status, headers: headers))),
          promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }

    /// Paths are `/RUNBOOK/PLACE` with whatever behind.
    private func answer(_ head: HTTPRequestHead) -> (HTTPResponseStatus, String, String) {
      let segments = head.uri.prefix { $0 != "?" }.split(separator: "/").map(String.init)
      let json = "application/json"
      guard segments.count >= 2 else { return (.notFound, json, "{}") }
      switch segments[1] {
      case "door":
        let secret = JSONText.quoted(secrets.byRunbook.withLock { $0[segments[0]] } ?? "")
        return (.ok, json, "{\"value\":\(secret),\"more\":[\(secret)],\"n\":1}")
      case "plain": return (.ok, json, #"{"value":"all is well","n":7,"list":[1,{"id":2,"value":"x"}]}"#)
      case "broken": return (.internalServerError, json, #"{"error":"no"}"#)
      case "text": return (.ok, "text/plain", "this is no JSON")
      case "echo":
        let text = String(decoding: body, as: UTF8.self)
        let headers = head.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        return (
          .ok, json,
          "{\"value\":\(JSONText.quoted(text)),\"headers\":\(JSONText.quoted(headers)),"
            + "\"target\":\(JSONText.quoted(head.uri)),\"base64\":\"\(Base64.encode(Array((text + headers).utf8)))\","
            + "\"hex\":\"\(Hex.encode(Array((head.uri + headers).utf8)))\"}"
        )
      default: return (.notFound, json, "{}")
      }
    }
  }
}
