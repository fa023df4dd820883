import Destinations
import NIOPosix
import Synchronization

@testable import Egress

/// Answers from a list: each look-up of a name takes the next answer, and the last one for ever.
final class ListedResolver: HostResolver {
  private struct State {
    var answers: [String: [[IPAddress]]]
    var calls = 0
  }
  private let state: Mutex<State>

  init(_ answers: [String: [[String]]]) {
    state = Mutex(State(answers: answers.mapValues { $0.map { $0.compactMap { IPAddress($0) } } }))
  }

  var calls: Int { state.withLock { $0.calls } }

  func addresses(of host: HostName) async throws(EgressFailure) -> [IPAddress] {
    if let literal = host.literal { return [literal] }
    let answer = state.withLock { state -> [IPAddress]? in
      state.calls += 1
      guard let answers = state.answers[host.text] else { return nil }
      if answers.count > 1 { state.answers[host.text]?.removeFirst() }
      return answers.first
    }
    guard let answer else { throw .dns(.unknownName) }
    return answer
  }
}

/// A guard, its rules and its resolver for one test.
struct EgressRig: Sendable {
  var allowed: [String]
  var answers: [String: [[String]]] = ["api.test": [["127.0.0.1"]]]
  var limits = EgressRig.patient

  /// Limits that no machine reaches by being slow, for all tests but those of time.
  static var patient: EgressLimits {
    var limits = EgressLimits()
    limits.connect = .seconds(36_000)
    limits.lookUp = .seconds(36_000)
    limits.wholeRequest = .seconds(36_000)
    return limits
  }

  func use<Result>(
    _ body: (_ egress: EgressGuard, _ resolver: ListedResolver) async throws -> Result
  ) async throws -> Result {
    let resolver = ListedResolver(answers)
    let egress = EgressGuard(
      rules: EgressRules(allowed: allowed.compactMap { HostPort($0) }), resolver: resolver,
      group: MultiThreadedEventLoopGroup.singleton, limits: limits)
    do {
      let result = try await body(egress, resolver)
      await egress.shutDown()
      return result
    } catch {
      await egress.shutDown()
      throw error
    }
  }
}

extension EgressGuard {
  /// Resolves and sends in one step.
  func call(
    _ url: String, method: String = "GET", headers: [(String, String)] = [], body: [UInt8] = [],
    options: CallOptions = CallOptions(timeout: .seconds(36_000)), carriesSecrets: Bool = false
  ) async throws -> InboundResponse {
    let parsed = try CanonicalURL(url, allowingPlainHTTP: rules.allowsPlainHTTP)
    let destination = try await resolve(parsed, trust: options.trust)
    return try await send(
      OutboundRequest(
        method: method, url: Array(parsed.text.utf8), headers: headers.map { ($0.0, Array($0.1.utf8)) }, body: body,
        carriesSecrets: carriesSecrets), to: destination, options: options)
  }

  /// The failure of such a call; nil when it succeeded.
  func failure(
    _ url: String, method: String = "GET", headers: [(String, String)] = [], body: [UInt8] = [],
    options: CallOptions = CallOptions(timeout: .seconds(36_000))
  ) async throws -> EgressFailure? {
    do {
      _ = try await call(url, method: method, headers: headers, body: body, options: options)
      return nil
    } catch let failure as EgressFailure {
      return failure
    }
  }
}
