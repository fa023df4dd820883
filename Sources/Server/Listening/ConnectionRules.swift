import NIOCore
import NIOHTTP1

/// What HTTP asks of a connection whatever is answered on it, below both lanes:
///
/// - An answer to HEAD has no content (RFC 9110 §9.3.2).
/// - A connection ends after the answer to a request that says `close`, in whatever case, or that is of HTTP/1.0 and does
///   not ask to keep it, and after an answer that says so itself (RFC 9112 §9.3, §9.6). What comes behind is not read.
/// - HTTP/1.0 is answered in HTTP/1.0, never in chunks (RFC 9112 §6.1).
///
/// The end is in two steps: nothing more is written, and a moment later nothing is read either. Closed at once, with
/// bytes of the other side unread, the system could take back an answer that is still on its way.
final class ConnectionRules: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// A request whose answer has not been written whole.
  private struct Awaited {
    let isHead: Bool
    let version: HTTPVersion
    var ends: Bool
  }

  private var awaited: CircularBuffer<Awaited> = []
  /// Whether the request that is being read is the last one.
  private var isLastBeingRead = false
  /// Whether nothing that comes is read any more.
  private var isDeaf = false
  /// Whether the last answer has been written.
  private var hasEnded = false
  private var closing: Scheduled<Void>?

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDeaf else { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      isLastBeingRead = !head.isKeepAlive
      awaited.append(Awaited(isHead: head.method == .HEAD, version: head.version, ends: isLastBeingRead))
    case .body: break
    case .end: isDeaf = isLastBeingRead
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head) where (100..<200).contains(head.status.code):
      context.write(data, promise: promise)
    case .head(let head):
      context.write(wrapOutboundOut(.head(ruled(head))), promise: promise)
    case .body:
      guard awaited.first?.isHead != true else {
        promise?.succeed(())
        return
      }
      context.write(data, promise: promise)
    case .end:
      // An answer to nothing is one to what was no request.
      let ends = awaited.popFirst()?.ends ?? true
      guard ends else { return context.write(data, promise: promise) }
      isDeaf = true
      hasEnded = true
      let written = promise ?? context.eventLoop.makePromise(of: Void.self)
      written.futureResult.assumeIsolated().whenComplete { _ in self.end(context) }
      context.writeAndFlush(data, promise: written)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if hasEnded, let event = event as? ChannelEvent, event == .inputClosed {
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    closing?.cancel()
    closing = nil
    context.fireChannelInactive()
  }

  /// The head of the answer to the request that is first in line.
  private func ruled(_ head: HTTPResponseHead) -> HTTPResponseHead {
    var head = head
    let isFramed = head.headers.contains(name: "content-length")
    guard !awaited.isEmpty else { return head }
    if awaited[awaited.startIndex].isHead, !isFramed { head.headers.add(name: "content-length", value: "0") }
    let version = awaited[awaited.startIndex].version
    let isOld = (version.major, version.minor) < (1, 1)
    if !head.isKeepAlive || isOld && !isFramed { awaited[awaited.startIndex].ends = true }
    if isOld { head.version = .http1_0 }
    if awaited[awaited.startIndex].ends {
      head.headers.replaceOrAdd(name: "connection", value: "close")
    } else if isOld {
      head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
    }
    return head
  }

  private func end(_ context: ChannelHandlerContext) {
    guard context.channel.isActive, closing == nil else { return }
    context.close(mode: .output, promise: nil)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    closing = context.eventLoop.scheduleTask(in: TimeAmount(Limits.lingering)) { bound.value.close(promise: nil) }
  }
}
