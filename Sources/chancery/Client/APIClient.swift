import AsyncHTTPClient
import Egress
import Encodings
import NIOCore
import NIOHTTP1
import NIOSSL

/// A service as a client command sees it. No redirect is followed, TLS is verified, every wait ends.
struct APIClient: Sendable {
  let address: ServiceAddress
  private let http: HTTPClient
  private let token: String?

  private static let connectTime = TimeAmount.seconds(5)
  /// For all of an answer that comes piece by piece, and is long where a run was.
  private static let piecesTime = TimeAmount.minutes(15)
  /// Bytes that are held at once of an answer.
  static let answerLimit = 64 << 20

  /// How long a whole answer is waited for.
  enum Patience {
    /// What the service does by itself.
    case usual
    /// What waits for somebody else: the call of a method with all that comes before it, or a mail. The service's own limits
    /// end it first, and say what it was.
    case others

    fileprivate var time: TimeAmount {
      switch self {
      case .usual: .seconds(60)
      case .others: .minutes(15)
      }
    }
  }

  /// Whether a command shows who gives it.
  enum Identity {
    case token
    /// For what the service answers to anybody: a token is not asked for, and not sent.
    case nobody
    /// With a token at hand, whatever else is configured.
    case bearer(String)
  }

  /// Lends a client to `body` and closes it afterwards.
  static func connect<Result>(
    _ options: ClientOptions, as identity: Identity = .token, _ body: (APIClient) async throws -> Result
  ) async throws -> Result {
    let address = try ServiceAddress(options.effectiveAddress)
    let token: String? =
      switch identity {
      case .token: try options.token(for: address)
      case .nobody: nil
      case .bearer(let token): token
      }
    let configuration = try configuration()
    return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
      try await body(APIClient(address: address, http: http, token: token))
    }
  }

  private init(address: ServiceAddress, http: HTTPClient, token: String?) {
    self.address = address
    self.http = http
    self.token = token
  }

  private static func configuration() throws(CommandFailure) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let file = Environment["CHANCERY_CACERT"] {
      let pem = try InputFile.read(file, limit: 1 << 20)
      do throws(TrustFault) {
        tls.additionalTrustRoots = [.certificates(try TrustedRoots(extraRootsPEM: pem).extraRoots)]
      } catch {
        throw CommandFailure(.usage, "the file of CHANCERY_CACERT is not usable: \(error.message)")
      }
    }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: connectTime))
    // One attempt: a service that is not there is said to be not there at once.
    configuration.connectionPool.retryConnectionEstablishment = false
    return configuration
  }

  /// Sends one request and reads the whole answer. Throws `unavailable` where there is none, and whatever a status
  /// that is not `expected` means.
  ///
  /// - Parameter order: names the order to the service, which answers the same name with the same run.
  func send(
    _ method: HTTPMethod, _ path: APIPath, body: [UInt8]? = nil, order: IdempotencyKey? = nil,
    expecting expected: Set<Int> = [200], with patience: Patience = .usual
  ) async throws(CommandFailure) -> APIAnswer {
    let answer = try await exchange(method, path, body: body, order: order, with: patience)
    guard expected.contains(answer.status) else { throw answer.failure(address: address) }
    return answer
  }

  /// The same, whatever the status is.
  func exchange(
    _ method: HTTPMethod, _ path: APIPath, body: [UInt8]? = nil, order: IdempotencyKey? = nil,
    with patience: Patience = .usual
  ) async throws(CommandFailure) -> APIAnswer {
    do {
      var request = self.request(method, path, body)
      if let order { request.headers.add(name: "Idempotency-Key", value: order.text) }
      let response = try await http.execute(request, timeout: patience.time)
      return try await Self.read(response)
    } catch {
      throw ConnectionFailure.reading(error, address: address, hasEffects: method == .POST && order == nil)
    }
  }

  /// Reads an answer of JSON lines as they come; each goes to `each` without its end. Returns when the answer ends.
  /// Throws as `send`, and whatever `each` throws.
  func lines(_ path: APIPath, isOpenEnded: Bool, _ each: (ArraySlice<UInt8>) throws -> Void) async throws {
    var lines = LineSplitter(limit: Self.answerLimit)
    try await pieces(path, isOpenEnded: isOpenEnded) { piece in
      guard try lines.push(piece, each) else { throw ConnectionFailure.tooLarge(address) }
    }
    try lines.finish(each)
  }

  /// Reads an answer as it comes, and keeps none of it. Returns when the answer ends; throws as `lines`.
  func pieces(_ path: APIPath, isOpenEnded: Bool, _ each: ([UInt8]) throws -> Void) async throws {
    let deadline: NIODeadline = isOpenEnded ? .distantFuture : .now() + Self.piecesTime
    let response: HTTPClientResponse
    do {
      response = try await http.execute(request(.GET, path, nil), deadline: deadline)
    } catch {
      throw ConnectionFailure.reading(error, address: address)
    }
    guard response.status.code == 200 else {
      let answer: APIAnswer
      do { answer = try await Self.read(response) } catch {
        throw ConnectionFailure.reading(error, address: address)
      }
      throw answer.failure(address: address)
    }
    var pieces = response.body.makeAsyncIterator()
    while true {
      let piece: ByteBuffer?
      do { piece = try await pieces.next() } catch { throw ConnectionFailure.reading(error, address: address) }
      guard let piece else { break }
      try each(Array(piece.readableBytesView))
    }
  }

  private func request(_ method: HTTPMethod, _ path: APIPath, _ body: [UInt8]?) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: address.text + path.text)
    request.method = method
    if let token { request.headers.add(name: "X-Vault-Token", value: token) }
    request.headers.add(name: "User-Agent", value: "chancery")
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    return request
  }

  private static func read(_ response: HTTPClientResponse) async throws -> APIAnswer {
    let body = try await response.body.collect(upTo: answerLimit)
    return APIAnswer(status: Int(response.status.code), body: Array(body.readableBytesView))
  }
}

/// Cuts a stream into lines.
struct LineSplitter {
  private var rest: [UInt8] = []
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// False when a line is longer than the limit.
  mutating func push(_ piece: some Collection<UInt8>, _ each: (ArraySlice<UInt8>) throws -> Void) rethrows -> Bool {
    var start = 0
    // What was kept of the pieces before has no line feed: a long line is not searched again with each of its pieces.
    var unsearched = rest.count
    rest += piece
    while let end = rest[unsearched...].firstIndex(of: 0x0A) {
      if end > start { try each(rest[start..<end]) }
      start = end + 1
      unsearched = start
    }
    rest.removeFirst(start)
    return rest.count <= limit
  }

  /// What stands after the last line feed is a line too.
  mutating func finish(_ each: (ArraySlice<UInt8>) throws -> Void) rethrows {
    if !rest.isEmpty { try each(rest[...]) }
    rest = []
  }
}
