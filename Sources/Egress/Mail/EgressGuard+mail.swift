package import Destinations
import NIOCore
import NIOPosix
import NIOSSL

/// The server that takes mail.
package struct MailServer: Hashable, Sendable {
  package let place: HostPort
  package let security: MailSecurity
  /// Whom its certificate is verified against; nil for the roots of the service.
  package let trust: TrustedRoots?

  package init(place: HostPort, security: MailSecurity, trust: TrustedRoots? = nil) {
    self.place = place
    self.security = security
    self.trust = trust
  }
}

extension EgressGuard {
  /// From the first dial to the last reply.
  private static let mailTimeout = Duration.seconds(60)

  /// Hands a mail over. It returns when the server took it; otherwise it may have been taken all the same where the
  /// connection broke at the end, so a repetition is to have the same id.
  package func deliver(
    _ mail: MailMessage, through server: MailServer, login: MailLogin?
  ) async throws(MailFailure) {
    let dials = try await mailDials(server)
    let dialogue = SMTPDialogue(
      security: server.security, login: login, from: mail.from, to: mail.to, message: mail.bytes)
    let tls: NIOSSLContext?
    do {
      tls =
        server.security == .none ? nil : try NIOSSLContext(configuration: (server.trust ?? trust).tlsConfiguration)
    } catch {
      throw .connection(.tls(.handshake))
    }
    let progress = MailProgress()
    let result: Result<Void, MailFailure>
    do throws(EgressFailure) {
      result = try await Deadline.run(within: Self.mailTimeout, on: group.any()) { () async throws(EgressFailure) in
        try await self.handOver(dialogue, security: server.security, at: dials, tls: tls, progress)
      }
    } catch {
      throw progress.isHandedOver ? .unanswered(error) : .connection(error)
    }
    try result.get()
  }

  private func mailDials(_ server: MailServer) async throws(MailFailure) -> [AllowedDial] {
    if server.security == .none, !rules.allowsPlainHTTP(server.place) { throw .clearNotAllowed(server.place) }
    let scheme = server.security == .none ? "http" : "https"
    let dials: [AllowedDial]
    do throws(EgressFailure) {
      let url: CanonicalURL
      do { url = try CanonicalURL("\(scheme)://\(server.place)/", allowingPlainHTTP: rules.allowsPlainHTTP) } catch {
        throw .blocked(.request(.url(error)))
      }
      dials = try await resolve(url, speaking: .mail).dials
    } catch {
      throw .connection(error)
    }
    if server.security == .none, dials.contains(where: { AddressClass.classify($0.address) != .loopback }) {
      throw .clearBeyondLoopback
    }
    return dials
  }

  /// At the first address that accepts a connection. What the connection ended in is an error of this function, what the
  /// server said is its result.
  private func handOver(
    _ dialogue: SMTPDialogue, security: MailSecurity, at dials: [AllowedDial], tls: NIOSSLContext?,
    _ progress: MailProgress
  ) async throws(EgressFailure) -> Result<Void, MailFailure> {
    var failure = EgressFailure.connect(.failed)
    for dial in dials {
      do {
        try await converse(dialogue, security: security, at: dial, tls: tls, progress)
        return .success(())
      } catch MailFailure.connection(let reason) {
        failure = reason
      } catch let error as MailFailure {
        return .failure(error)
      } catch {
        failure = FailureReading.failure(of: error)
      }
      guard failure.permitsNextAddress, !progress.isHandedOver else { break }
    }
    throw failure
  }

  private func converse(
    _ dialogue: SMTPDialogue, security: MailSecurity, at dial: AllowedDial, tls: NIOSSLContext?,
    _ progress: MailProgress
  ) async throws {
    let loop = group.any()
    let outcome = loop.makePromise(of: Void.self)
    let address: SocketAddress
    do { address = try SocketAddress(ipAddress: dial.address.text, port: Int(dial.hostPort.port)) } catch {
      outcome.fail(error)
      throw EgressFailure.connect(.failed)
    }
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: loop).connectTimeout(TimeAmount(limits.connect))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if security == .tls, let tls {
              try pipeline.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: dial.serverName))
            }
            try pipeline.addHandler(
              MailChannel(
                dialogue, dial: dial, tls: tls, isSecure: security == .tls, progress: progress, outcome: outcome))
          }
        }.connect(to: address).get()
    } catch {
      outcome.fail(error)
      throw error
    }
    try await withTaskCancellationHandler {
      try await outcome.futureResult.get()
    } onCancel: {
      channel.close(promise: nil)
    }
  }
}
