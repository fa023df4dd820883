import Access
package import Cryptography
import Destinations
package import Egress
package import Encodings
package import Webhooks

/// The certificates that senders publish and requests name, fetched when they are first needed and kept for a while.
///
/// Whoever is not known yet makes us fetch, so everything is bounded: the addresses by the scheme's pattern, the fetches
/// by a share of each endpoint, those at one time, the bytes, the time, and what is kept. Many requests that wait for one
/// address wait for one fetch. A reentrant call sees a whole state at each `await`: what is kept, what is under way, and
/// what failed are changed together.
package actor CertificateBook {
  /// Gets the file at an address; nil for every failure.
  package typealias Fetch = @Sendable (_ address: [UInt8]) async -> [UInt8]?

  private struct Name: Hashable {
    let judgement: String
    let address: [UInt8]
  }

  private struct Kept {
    let key: FetchedKey
    let fetchedAt: Int64
  }

  private let fetch: Fetch
  private let roots: CertificateChain.Roots
  private var kept: [Name: Kept] = [:]
  /// What failed, until when it is not tried again, by the monotonic clock in milliseconds.
  private var failed: [Name: Int64] = [:]
  private var underWay: [Name: Task<FetchedKey?, Never>] = [:]
  private var share = RateLimit<String>(capacity: 6, refillPerSecond: 1, maximumKeys: 65_536)

  /// Certificates that are kept, and failures that are remembered.
  private static let mostKept = 256
  private static let mostFailed = 1_024
  /// Fetches at one time, over all endpoints.
  private static let mostUnderWay = 8
  /// Seconds after which one is fetched again while it still serves, and after which it serves no more.
  private static let freshMilliseconds: Int64 = 86_400_000
  private static let keptMilliseconds: Int64 = 2 * 86_400_000
  /// One that ends within this time is fetched again.
  private static let endingMilliseconds: Int64 = 3_600_000
  /// How long a failure is remembered: seconds, so that a sender's new certificate is not refused for long.
  private static let failedMilliseconds: Int64 = 5_000
  /// A refresh that failed is tried again after a minute: the old one still serves.
  private static let failedRefreshMilliseconds: Int64 = 60_000

  package init(roots: CertificateChain.Roots = .system, fetch: @escaping Fetch) {
    self.roots = roots
    self.fetch = fetch
  }

  /// Fetches through the guard: TLS only, no redirect, five seconds, at most 32 KiB, nothing of ours sent.
  package init(client: EgressGuard) {
    let options = CallOptions(
      timeout: .seconds(5), maximumResponseBytes: WebhookLimits.fetchedKeyBytes, redirects: .never)
    self.init { address in
      guard let url = try? CanonicalURL(wire: address, allowingPlainHTTP: { _ in false }),
        let response = try? await client.fetch(url, options: options), response.status == 200
      else { return nil }
      return response.body
    }
  }

  /// The key at an address, if it can be had: kept, or fetched now.
  ///
  /// - Parameters:
  ///   - address: what `WebhookVerifier.keyAddress` found for this scheme.
  ///   - endpoint: whose share a fetch takes: six at once, and then one in ten seconds.
  ///   - moment: the monotonic clock, in milliseconds.
  package func key(
    at address: [UInt8], for scheme: SignatureScheme, endpoint: String, now: Instant, moment: Int64
  ) async -> FetchedKey? {
    let name = Name(judgement: scheme.keyJudgement, address: address)
    if let found = kept[name] {
      if found.key.notAfter >= now, moment - found.fetchedAt < Self.keptMilliseconds {
        let isEnding = found.key.notAfter.advanced(byMilliseconds: -Self.endingMilliseconds) < now
        if isEnding || moment - found.fetchedAt >= Self.freshMilliseconds, mayTry(name, moment) {
          begin(name, scheme, now: now, moment: moment, failureLasts: Self.failedRefreshMilliseconds)
        }
        return found.key
      }
      kept[name] = nil
    }
    if let flight = underWay[name] { return await flight.value }
    guard mayTry(name, moment), underWay.count < Self.mostUnderWay,
      // One in ten seconds: the bucket refills by one a second of the time that it is told.
      share.take(endpoint, now: moment / 10) == .allowed
    else { return nil }
    return await begin(name, scheme, now: now, moment: moment, failureLasts: Self.failedMilliseconds).value
  }

  /// Forgets everything: with a seal.
  package func forget() {
    kept = [:]
    failed = [:]
  }

  /// How many are kept.
  var count: Int { kept.count }

  private func mayTry(_ name: Name, _ moment: Int64) -> Bool {
    guard underWay[name] == nil else { return false }
    guard let end = failed[name] else { return true }
    if end > moment { return false }
    failed[name] = nil
    return true
  }

  /// A task of its own, so that a sender who goes away takes nothing from the others who wait.
  @discardableResult
  private func begin(
    _ name: Name, _ scheme: SignatureScheme, now: Instant, moment: Int64, failureLasts: Int64
  ) -> Task<FetchedKey?, Never> {
    let task = Task { [fetch, roots] () -> FetchedKey? in
      var key: FetchedKey?
      if let file = await fetch(name.address) {
        key = try? FetchedKey(pem: file, from: name.address, for: scheme, roots: roots, now: now)
      }
      self.ended(name, with: key, moment: moment, failureLasts: failureLasts)
      return key
    }
    underWay[name] = task
    return task
  }

  private func ended(_ name: Name, with key: FetchedKey?, moment: Int64, failureLasts: Int64) {
    underWay[name] = nil
    guard let key else {
      if failed.count >= Self.mostFailed { failed = failed.filter { $0.value > moment } }
      if failed.count < Self.mostFailed { failed[name] = moment + failureLasts }
      return
    }
    if kept.count >= Self.mostKept, kept[name] == nil,
      let oldest = kept.min(by: { $0.value.fetchedAt < $1.value.fetchedAt })?.key
    {
      kept[oldest] = nil
    }
    kept[name] = Kept(key: key, fetchedAt: moment)
  }
}
