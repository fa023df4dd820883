import Destinations
import Encodings
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// Answers public starts on the event loop, in front of the router and without a task of their own, where that can be
/// done: a POST to a start's address, of announced length, without a token of this service. Everything else goes on
/// to the router as it came. The decision and the answers are those of the router's way (`Dispatch.promptAnswer`).
///
/// One for each connection, and only ever on its event loop. Requests of a connection are answered in their order: while
/// one that went on to the router waits for its answer, those behind it go on too; while one waits here, those
/// behind it are held back, and nothing more is read.
final class ExpressLane: ChannelDuplexHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// What all connections share.
  struct Shared: Sendable {
    let dispatch: Dispatch
    let budget: BodyBudget
    let proxies: TrustedProxies
  }

  /// A request whose body is on its way.
  private struct Gathering {
    let head: HTTPRequest
    let id: String
    let caller: IPAddress?
    /// What its body holds of the budget.
    let reservation: BodyReservation
    let since: NIODeadline
    var body: [UInt8] = []
    var deadline: Scheduled<Void>?

    /// How much longer its body may take, by what has come of it.
    var timeLeft: TimeAmount { since + TimeAmount(BodyPace.allowance(received: body.count)) - .now() }
  }

  private enum State {
    /// No request is in hand.
    case idle
    case gathering(Gathering)
    /// An answer is waited for.
    case answering
  }

  static let prefix = "/api/automation/"

  private let shared: Shared
  private var state = State.idle
  /// Requests that went on to the router and have not been answered.
  private var passed = 0
  /// Parts that came while an answer was waited for.
  private var held: CircularBuffer<HTTPRequestPart> = []
  private var isReadHeld = false
  /// Whether the sender has said that nothing more comes, while an answer was waited for.
  private var isEndHeld = false
  private var peer: IPAddress?
  /// The head of the last answer: most answers have the status and the headers of the one before.
  private var last = (
    second: Int64.min, status: 0, headers: [(name: String, value: String)](), head: HTTPResponse(status: .ok)
  )

  init(_ shared: Shared) { self.shared = shared }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { peer = context.channel.peer }
  }

  func channelActive(context: ChannelHandlerContext) {
    peer = context.channel.peer
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    if case .gathering(let request) = state { letGo(request) }
    state = .idle
    held.removeAll()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if case .answering = state { return held.append(part) }
    take(part, context)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // What came whole needs no clock.
    if case .gathering(let request) = state, request.deadline == nil { watch(request, context) }
    context.fireChannelReadComplete()
  }

  private func watch(_ request: Gathering, _ context: ChannelHandlerContext) {
    var request = request
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    request.deadline = context.eventLoop.scheduleTask(in: max(.zero, request.timeLeft)) {
      let (lane, context) = bound.value
      // What came in the meantime may have bought time.
      guard case .gathering(let request) = lane.state else { return }
      if request.timeLeft > .zero { lane.watch(request, context) } else { lane.breakOff(context) }
    }
    state = .gathering(request)
  }

  func read(context: ChannelHandlerContext) {
    if case .answering = state, !held.isEmpty {
      isReadHeld = true
    } else {
      context.read()
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { passed -= 1 }
    context.write(data, promise: promise)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Told now, the router would end the connection before its last answer.
    if case .answering = state, let event = event as? ChannelEvent, event == .inputClosed {
      isEndHeld = true
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The sender's stream ended, or is no HTTP any more, in the middle of a body.
    if case .gathering = state { return breakOff(context) }
    context.fireErrorCaught(error)
  }

  private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
    switch (part, state) {
    case (.head(let head), .idle):
      if passed == 0, let request = admissible(head, context) {
        state = .gathering(request)
      } else {
        passed += 1
        context.fireChannelRead(wrapInboundOut(part))
      }
    case (.body(let bytes), .gathering(var request)):
      state = .idle
      guard request.reservation.take(bytes.readableBytes) else {
        state = .gathering(request)
        return breakOff(context, .busy(retryAfterSeconds: 1))
      }
      request.body.append(contentsOf: bytes.readableBytesView)
      state = .gathering(request)
    case (.end, .gathering(let request)): answer(request, context)
    default: context.fireChannelRead(wrapInboundOut(part))
    }
  }

  /// The request, if it is one for this lane. Nothing is taken or allocated for what is only announced.
  private func admissible(_ head: HTTPRequest, _ context: ChannelHandlerContext) -> Gathering? {
    guard head.method == .post, let path = head.path, path.hasPrefix(Self.prefix) else { return nil }
    let id = path.utf8.dropFirst(Self.prefix.utf8.count).prefix { $0 != UInt8(ascii: "?") }
    // What is percent-encoded, or has further segments, is the router's to understand.
    let isPlain = id.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
        || byte == 0x5F
    }
    guard isPlain, (1...128).contains(id.count), Listener.keepsLimits(head) else { return nil }
    let fields = head.headerFields
    guard fields[.transferEncoding] == nil, fields[.expect] == nil, fields[.upgrade] == nil,
      !fields[values: .authorization].contains(where: { $0.lowercased().hasPrefix("bearer") })
    else { return nil }
    if let announced = fields[.contentLength] {
      guard let count = Int(announced), (0...Limits.startBody).contains(count) else { return nil }
    }
    let text = String(decoding: id, as: UTF8.self)
    let caller = shared.proxies.caller(peer: peer, forwarded: Listener.forwarded(fields))
    let holder = BodyHolder(purpose: .start(id: text), caller: caller)
    return Gathering(
      head: head, id: text, caller: caller, reservation: shared.budget.reservation(for: holder), since: .now())
  }

  private func answer(_ request: Gathering, _ context: ChannelHandlerContext) {
    state = .answering
    let whole = RouteRequest(
      method: "POST", target: request.head.path ?? "/", headers: Listener.headers(of: request.head),
      body: request.body, caller: request.caller)
    switch shared.dispatch.promptAnswer(whole, id: request.id) {
    case .now(let response):
      letGo(request)
      write(response, context)
    case .later(let work):
      let bound = NIOLoopBound((self, request, context), eventLoop: context.eventLoop)
      let loop = context.eventLoop
      Task {
        let response = await work()
        loop.execute {
          let (lane, request, context) = bound.value
          lane.letGo(request)
          lane.write(response, context)
        }
      }
    case .underWay(let begin):
      let bound = NIOLoopBound((self, request, context), eventLoop: context.eventLoop)
      let loop = context.eventLoop
      begin { response in
        loop.execute {
          let (lane, request, context) = bound.value
          lane.letGo(request)
          lane.write(response, context)
        }
      }
    }
  }

  private func write(_ answer: RouteResponse, _ context: ChannelHandlerContext) {
    guard case .answering = state, context.channel.isActive else { return }
    context.write(wrapOutboundOut(.head(head(of: answer))), promise: nil)
    if case .bytes(let bytes) = answer.body, !bytes.isEmpty {
      context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(bytes: bytes))), promise: nil)
    }
    state = .idle
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    goOn(context)
  }

  /// Takes up what was held back.
  private func goOn(_ context: ChannelHandlerContext) {
    var passedOn = false
    while let part = held.popFirst() {
      let before = passed
      take(part, context)
      passedOn = passedOn || passed > before
      if case .answering = state { break }
    }
    if passedOn { context.fireChannelReadComplete() }
    if isEndHeld, case .idle = state {
      isEndHeld = false
      context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }
    if isReadHeld, held.isEmpty {
      isReadHeld = false
      context.read()
    }
  }

  /// The body stopped, took too long, or finds no room: as the router's way answers it. The connection ends.
  private func breakOff(_ context: ChannelHandlerContext, _ problem: Problem = Listener.halfSent) {
    guard case .gathering(let request) = state else { return }
    letGo(request)
    state = .answering
    var response = shared.dispatch.refuse(problem, isVault: false)
    response.headers.append(("Connection", "close"))
    write(response, context)
  }

  private func letGo(_ request: Gathering) {
    request.deadline?.cancel()
    request.reservation.giveBack()
  }

  /// Status and headers of an answer, with its `Date` (RFC 9110 §6.6.1).
  private func head(of answer: RouteResponse) -> HTTPResponse {
    let now = shared.dispatch.now
    let second = now.millisecondsSinceEpoch / 1_000
    if last.second == second, last.status == answer.status, last.headers.elementsEqual(answer.headers, by: ==) {
      return last.head
    }
    let response = Listener.response(answer, closes: false)
    var head = HTTPResponse(status: response.status, headerFields: response.headers)
    head.headerFields[.date] = HTTPDate.format(now)
    last = (second, answer.status, answer.headers, head)
    return head
  }
}
