import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A small HTTP server on loopback that answers with exactly the bytes that a test gives it, and remembers who came.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    var method: String
    var target: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// Which connection it came on, counted from 0.
    var connection: Int

    func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
  }

  enum Reply: Sendable {
    case bytes([UInt8])
    case bytesThenClose([UInt8])
    /// A head, then the same chunk for as long as somebody reads.
    case endless(head: [UInt8], chunk: [UInt8])
    case silence
    case close
  }

  struct Record: Sendable {
    var connections = 0
    var requests: [Request] = []
    var bytesWritten = 0
    var closed = 0
  }

  let record = Mutex(Record())
  private let channel: any Channel

  var port: Int { channel.localAddress?.port ?? 0 }
  var connections: Int { record.withLock { $0.connections } }
  var requests: [Request] { record.withLock { $0.requests } }

  private init(channel: any Channel) { self.channel = channel }

  static func start(
    host: String = "127.0.0.1", port: Int = 0, tls: NIOSSLContext? = nil,
    reply: @escaping @Sendable (Request) -> Reply
  ) async throws -> LoopbackServer {
    let box = Mutex<LoopbackServer?>(nil)
    let shared = Box(box)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let server = shared.value.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
          let number = server.record.withLock { record in
            record.connections += 1
            return record.connections - 1
          }
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          try channel.pipeline.syncOperations.addHandler(ServerHandler(server, number, reply))
        }
      }
      .bind(host: host, port: port).get()
    let server = LoopbackServer(channel: channel)
    shared.value.withLock { $0 = server }
    return server
  }

  func stop() async { try? await channel.close() }
}

/// A mutex that closures can share.
private final class Box: Sendable {
  let value: Mutex<LoopbackServer?>
  init(_ value: consuming Mutex<LoopbackServer?>) { self.value = value }
}

private final class ServerHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let server: LoopbackServer
  private let number: Int
  private let reply: @Sendable (LoopbackServer.Request) -> LoopbackServer.Reply
  private var received: [UInt8] = []

  init(
    _ server: LoopbackServer, _ number: Int,
    _ reply: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Reply
  ) {
    self.server = server
    self.number = number
    self.reply = reply
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += unwrapInboundIn(data).readableBytesView
    while let request = takeRequest() {
      server.record.withLock { $0.requests.append(request) }
      switch reply(request) {
      case .bytes(let bytes): write(bytes, context)
      case .bytesThenClose(let bytes):
        write(bytes, context)
        context.close(promise: nil)
      case .endless(let head, let chunk):
        write(head, context)
        writeForever(chunk, NIOLoopBound(context, eventLoop: context.eventLoop))
      case .silence: break
      case .close: context.close(promise: nil)
      }
    }
  }

  func channelInactive(context: ChannelHandlerContext) { server.record.withLock { $0.closed += 1 } }

  /// A failed handshake or a client that leaves is what many tests are about.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    server.record.withLock { $0.bytesWritten += bytes.count }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
  }

  private func writeForever(_ chunk: [UInt8], _ context: NIOLoopBound<ChannelHandlerContext>) {
    let server = server
    context.value.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: chunk))).assumeIsolated().whenSuccess {
      server.record.withLock { $0.bytesWritten += chunk.count }
      self.writeForever(chunk, context)
    }
  }

  private func takeRequest() -> LoopbackServer.Request? {
    guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let first = lines.first?.split(separator: " ") ?? []
    let headers = lines.dropFirst().map { line -> (name: String, value: String) in
      let name = line.prefix { $0 != ":" }
      return (String(name), String(line.dropFirst(name.count + 1).drop { $0 == " " }))
    }
    let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
    guard received.count >= end.upperBound + length, first.count == 3 else { return nil }
    let body = Array(received[end.upperBound..<(end.upperBound + length)])
    received.removeFirst(end.upperBound + length)
    return LoopbackServer.Request(
      method: String(first[0]), target: String(first[1]), headers: headers, body: body, connection: number)
  }
}

/// The bytes of a response with a Content-Length.
func http(_ status: String, _ headers: [(String, String)] = [], _ body: [UInt8] = []) -> [UInt8] {
  let lines = ["HTTP/1.1 \(status)"] + headers.map { "\($0.0): \($0.1)" } + ["Content-Length: \(body.count)", "", ""]
  return Array(lines.joined(separator: "\r\n").utf8) + body
}
