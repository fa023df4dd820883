import Encodings
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// The other side: an identity provider and a ticket system in one, on loopback. It refuses what does not carry the
/// credentials that it gave out, so that a success proves that they arrived.
struct OutsideAPI: Sendable {
  struct Credentials: Sendable {
    var tenantKey: String
    var clientSecret: String
    var accessToken: String
  }

  let port: Int
  private let channel: any Channel

  static func start(_ credentials: Credentials) async throws -> OutsideAPI {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(credentials))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    guard let port = channel.localAddress?.port else { throw DemoFailure("the outside API has no port") }
    return OutsideAPI(port: port, channel: channel)
  }

  private init(port: Int, channel: any Channel) {
    self.port = port
    self.channel = channel
  }

  func stop() async {
    try? await channel.close()
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let credentials: Credentials
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ credentials: Credentials) {
      self.credentials = credentials
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        self.head = head
        body = []
      case .body(let part):
        // The demo's requests are small; more than this is cut.
        if body.count < 65_536 { body += Array(part.readableBytesView) }
      case .end:
        guard let head else { return }
        let (status, text) = answer(head)
        var headers = HTTPHeaders([("Content-Type", "application/json"), ("Content-Length", "\(text.utf8.count)")])
        if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
        context.write(
          wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: status, headers: headers))),
          promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }

    private func answer(_ head: HTTPRequestHead) -> (HTTPResponseStatus, String) {
      let path = head.uri.prefix { $0 != "?" }
      switch path {
      case "/oauth/token":
        let isKnown =
          head.uri.hasSuffix("?tenant_key=\(credentials.tenantKey)")
          && head.headers["X-Client-Secret"] == [credentials.clientSecret]
        guard isKnown else { return (.unauthorized, #"{"error":"invalid_client"}"#) }
        return (.ok, "{\"access_token\":\(JSONText.quoted(credentials.accessToken)),\"expires_in\":3600}")
      case "/incidents":
        let isKnown = head.headers["Authorization"] == ["Bearer \(credentials.accessToken)"]
        guard isKnown, let tape = try? JSONTape(body),
          tape.member(tape.root, "opened_with").flatMap({ tape.string($0) }) == credentials.accessToken
        else { return (.unauthorized, #"{"error":"unknown token"}"#) }
        return (.created, #"{"id":4711,"state":"open"}"#)
      default: return (.notFound, #"{"error":"not found"}"#)
      }
    }
  }
}
