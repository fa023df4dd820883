package import Destinations
package import NIOCore
import NIOPosix
import Synchronization

/// Names to addresses. What it answers is checked and then dialled; nothing is looked up again afterwards.
package protocol HostResolver: Sendable {
  /// At least one address, in the order of preference.
  func addresses(of host: HostName) async throws(EgressFailure) -> [IPAddress]
}

/// The system's resolver: getaddrinfo, on threads of its own, because it blocks and cannot be interrupted.
package final class SystemResolver: HostResolver {
  private let threads: NIOThreadPool
  private let group: any EventLoopGroup
  private let limits: EgressLimits
  /// Look-ups given to the threads and not finished.
  private let waiting = Mutex(0)

  private let lookUp: @Sendable (_ name: String, _ maximum: Int) -> LookUpAnswer

  /// Starts `EgressLimits.lookUpThreads` threads; `shutDown` ends them.
  package convenience init(group: any EventLoopGroup, limits: EgressLimits) {
    self.init(group: group, limits: limits, lookUp: SystemLookUp.addresses(of:maximum:))
  }

  init(
    group: any EventLoopGroup, limits: EgressLimits, lookUp: @escaping @Sendable (String, Int) -> LookUpAnswer
  ) {
    threads = NIOThreadPool(numberOfThreads: limits.lookUpThreads)
    threads.start()
    self.group = group
    self.limits = limits
    self.lookUp = lookUp
  }

  /// An IP address is its own answer. Throws `dns`, `timeout(.lookUp)`, or `interrupted` when cancelled or shut down.
  package func addresses(of host: HostName) async throws(EgressFailure) -> [IPAddress] {
    if let literal = host.literal { return [literal] }
    let isAdmitted = waiting.withLock { count in
      guard count < limits.waitingLookUps else { return false }
      count += 1
      return true
    }
    guard isAdmitted else { throw .dns(.busy) }
    let (name, maximum) = (host.text, limits.addressesPerName)
    // Completed by whichever comes first: the answer, the time limit, cancellation. The others find it done.
    let promise = group.any().makePromise(of: LookUpAnswer.self)
    let timer = promise.futureResult.eventLoop.scheduleTask(in: TimeAmount(limits.lookUp)) {
      promise.succeed(.failed(.timeout(.lookUp)))
    }
    threads.submit { state in
      let answer: LookUpAnswer = state == .active ? self.lookUp(name, maximum) : .failed(.interrupted(.shutDown))
      self.waiting.withLock { $0 -= 1 }
      promise.succeed(answer)
    }
    let answer = await withTaskCancellationHandler {
      (try? await promise.futureResult.get()) ?? .failed(.interrupted(.cancelled))
    } onCancel: {
      promise.succeed(.failed(.interrupted(.cancelled)))
    }
    timer.cancel()
    switch answer {
    case .found(let addresses): return addresses
    case .failed(let failure): throw failure
    }
  }

  /// Stops the threads; look-ups that wait are answered as interrupted.
  package func shutDown() async { try? await threads.shutdownGracefully() }
}

enum LookUpAnswer: Sendable {
  case found([IPAddress])
  case failed(EgressFailure)
}
