import Destinations
import Dispatch
import NIOPosix
import Testing

@testable import Egress

@Suite struct SystemResolverTests {
  private func use(
    _ limits: EgressLimits = EgressLimits(), lookUp: (@Sendable (String, Int) -> LookUpAnswer)? = nil,
    _ body: (SystemResolver) async throws -> Void
  ) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let resolver =
      lookUp.map { SystemResolver(group: group, limits: limits, lookUp: $0) }
      ?? SystemResolver(group: group, limits: limits)
    do {
      try await body(resolver)
      await resolver.shutDown()
    } catch {
      await resolver.shutDown()
      throw error
    }
  }

  private func name(_ text: String) throws -> HostName { try HostName(Array(text.utf8)) }

  @Test("localhost has loopback addresses, and an address is its own answer")
  func system() async throws {
    try await use { resolver in
      let addresses = try await resolver.addresses(of: name("localhost"))
      #expect(!addresses.isEmpty)
      #expect(addresses.allSatisfy { AddressClass.classify($0) == .loopback })
      #expect(try await resolver.addresses(of: name("192.0.2.7")) == [IPAddress("192.0.2.7")])
    }
  }

  @Test("A name that is not known is a dns failure")
  func unknown() async throws {
    try await use { resolver in
      let host = try name("no-such-host.invalid")
      do throws(EgressFailure) {
        _ = try await resolver.addresses(of: host)
        Issue.record("found")
      } catch {
        #expect(error.reason == "dns" || error.reason == "timeout")
      }
    }
  }

  @Test("A look-up that hangs ends at its time limit, and those that wait behind it are bounded")
  func hanging() async throws {
    var limits = EgressLimits()
    limits.lookUp = .milliseconds(100)
    limits.lookUpThreads = 1
    limits.waitingLookUps = 1
    let gate = DispatchSemaphore(value: 0)
    let lookUp: @Sendable (String, Int) -> LookUpAnswer = { _, _ in
      gate.wait()
      return .failed(.dns(.failed))
    }
    try await use(limits, lookUp: lookUp) { resolver in
      await #expect(throws: EgressFailure.timeout(.lookUp)) { try await resolver.addresses(of: name("a.test")) }
      await #expect(throws: EgressFailure.dns(.busy)) { try await resolver.addresses(of: name("b.test")) }
      gate.signal()
    }
  }

  @Test("A cancelled look-up does not wait for the answer")
  func cancelled() async throws {
    let gate = DispatchSemaphore(value: 0)
    let lookUp: @Sendable (String, Int) -> LookUpAnswer = { _, _ in
      gate.wait()
      return .found([])
    }
    try await use(lookUp: lookUp) { resolver in
      let host = try name("a.test")
      let failure = await withTaskGroup(of: EgressFailure?.self) { group in
        group.addTask {
          do throws(EgressFailure) {
            _ = try await resolver.addresses(of: host)
            return nil
          } catch {
            return error
          }
        }
        group.cancelAll()
        return await group.next() ?? nil
      }
      #expect(failure == .interrupted(.cancelled))
      gate.signal()
    }
  }
}
