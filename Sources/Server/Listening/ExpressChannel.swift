import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// The framework's channel for HTTP/1.1, with the rules of a connection below and the express lane in front of what
/// waits for a task.
struct ExpressChannel: ServerChildChannel {
  typealias Value = HTTP1Channel.Value

  let base: HTTP1Channel
  let lane: ExpressLane.Shared

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    base.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(ConnectionRules(), position: .after(decoder))
      // Behind the handler that counts requests: a connection is idle only when this lane has nothing in hand either.
      let counting = try pipeline.handler(type: HTTPConnectionStateHandler.self)
      try pipeline.addHandler(ExpressLane(lane), position: .after(counting))
      return value
    }
  }

  func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
