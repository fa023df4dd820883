package import Destinations

/// Whether a 3xx response is followed. A pure decision: each hop that it allows is resolved, checked and dialled anew.
package struct Redirects: Sendable {
  /// What a method says about redirects.
  package enum Policy: Hashable, Sendable {
    /// A 3xx is a response like any other.
    case never
    /// Followed to the same scheme, host and port only.
    case sameOrigin
  }

  /// What becomes of one response.
  package enum Decision: Hashable, Sendable {
    /// This is the answer.
    case answer(Stop)
    case follow(Hop)
  }

  /// Why a response is not followed further.
  package enum Stop: Hashable, Sendable {
    case notRedirect
    case notAllowed
    /// Secrets were let out for the first URL, and for no other.
    case carriesSecrets
    case otherOrigin
    case unreadableLocation
    case tooManyHops
    case cycle
  }

  /// The next request.
  package struct Hop: Hashable, Sendable {
    /// Of the same origin as the URL before.
    package let url: CanonicalURL
    /// GET where the Fetch standard changes it, else as before.
    package let method: String
    /// The body and the headers that describe it are not sent again.
    package let dropsBody: Bool
  }

  private struct Visit: Hashable, Sendable {
    let url: CanonicalURL
    let method: String
  }

  private let policy: Policy
  private let carriesSecrets: Bool
  /// Requests already made, so that a circle ends at its first repetition.
  private var visited: [Visit] = []
  /// How many hops were allowed so far.
  package private(set) var hops = 0

  /// `carriesSecrets` overrides every policy.
  package init(policy: Policy, carriesSecrets: Bool) {
    self.policy = policy
    self.carriesSecrets = carriesSecrets
  }

  /// The most hops of one call.
  package static let maximumHops = 5

  /// `location` holds the values of all Location headers; more than one is unreadable.
  package mutating func decide(
    status: Int, location: [[UInt8]], from url: CanonicalURL, method: String
  ) -> Decision {
    guard [301, 302, 303, 307, 308].contains(status) else { return .answer(.notRedirect) }
    guard policy == .sameOrigin else { return .answer(.notAllowed) }
    if carriesSecrets { return .answer(.carriesSecrets) }
    // http is let through here only so that its host can be compared; a change of scheme is another origin.
    guard location.count == 1, let reference = location.first,
      let target = try? url.resolving(reference, allowingPlainHTTP: { _ in true })
    else { return .answer(.unreadableLocation) }
    guard target.isSameOrigin(as: url) else { return .answer(.otherOrigin) }
    guard hops < Self.maximumHops else { return .answer(.tooManyHops) }
    // As the Fetch standard: 303 always, and 301 or 302 after POST, go on as GET.
    let becomesGET = (status == 303 && method != "HEAD") || ((status == 301 || status == 302) && method == "POST")
    let next = Visit(url: target, method: becomesGET ? "GET" : method)
    visited.append(Visit(url: url, method: method))
    guard !visited.contains(next) else { return .answer(.cycle) }
    hops += 1
    return .follow(Hop(url: target, method: next.method, dropsBody: becomesGET))
  }
}
