import Destinations
import NIOCore
import NIOSSL

/// One connection to a mail server: bytes in, replies to the dialogue, and what it answers out. Only on its event loop.
final class MailChannel: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let dial: AllowedDial
  private let tls: NIOSSLContext?
  private let progress: MailProgress
  private let outcome: EventLoopPromise<Void>
  private var dialogue: SMTPDialogue
  private var reader = SMTPReplyReader()
  private var isSecure: Bool
  private var isChecked = false
  private var isOver = false

  /// - Parameters:
  ///   - isSecure: whether TLS stands before this handler already.
  ///   - progress: told when all of the mail is on its way.
  ///   - outcome: completed once, whatever happens.
  init(
    _ dialogue: SMTPDialogue, dial: AllowedDial, tls: NIOSSLContext?, isSecure: Bool, progress: MailProgress,
    outcome: EventLoopPromise<Void>
  ) {
    self.dialogue = dialogue
    self.dial = dial
    self.tls = tls
    self.isSecure = isSecure
    self.progress = progress
    self.outcome = outcome
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    do {
      try checkName(context)
      try reader.push(Array(unwrapInboundIn(data).readableBytesView))
      while let reply = try reader.next() {
        let action = try dialogue.receive(reply)
        // The mail is taken, and with that all is over: what a server says behind it, such as that it hangs up, would only
        // have the mail sent once more.
        if case .delivered = action { return try perform(action, context) }
        // One reply for each command: what follows it unasked would be taken for the answer to the next one, and in
        // clear before TLS by anybody.
        if reader.holdsMore { throw MailFailure.speech(.unasked) }
        try perform(action, context)
      }
    } catch {
      end(.failure(error), context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(.failure(MailFailure.connection(.disconnected(.closed))), context)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(.failure(error), context)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(.failure(MailFailure.connection(.disconnected(.closed))), context)
  }

  private func perform(_ action: SMTPDialogue.Action, _ context: ChannelHandlerContext) throws {
    switch action {
    case .send(let bytes):
      if dialogue.awaitsVerdict { progress.handOver() }
      write(bytes, context)
    case .startTLS:
      guard let tls else { throw MailFailure.speech(.noStartTLS) }
      try context.pipeline.syncOperations.addHandler(
        try NIOSSLClientHandler(context: tls, serverHostname: dial.serverName), position: .first)
      isSecure = true
      // Held back by the handler until the handshake is done.
      write(dialogue.secured(), context)
    case .delivered(let farewell):
      write(farewell, context)
      end(.success(()), context)
    }
  }

  /// The name in the certificate, before the first reply under TLS is believed.
  private func checkName(_ context: ChannelHandlerContext) throws {
    guard isSecure, !isChecked else { return }
    isChecked = true
    if let fault = PeerCheck.nameFault(context.pipeline, dial) { throw fault }
  }

  private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
  }

  private func end(_ result: Result<Void, any Error>, _ context: ChannelHandlerContext) {
    guard !isOver else { return }
    isOver = true
    outcome.completeWith(result)
    context.close(promise: nil)
  }
}
