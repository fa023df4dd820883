package import Destinations

extension EgressGuard {
  /// Gets what anybody may get at an address: no header, no body and no secret of ours goes with it, and no redirect is
  /// followed whatever the options say. For certificates that senders publish and links that they ask to be called.
  package func fetch(_ url: CanonicalURL, options: CallOptions) async throws(EgressFailure) -> InboundResponse {
    var options = options
    options.redirects = .never
    let destination = try await resolve(url, trust: options.trust)
    let request = OutboundRequest(
      method: "GET", url: Array(url.text.utf8), headers: [], body: [], carriesSecrets: false)
    return try await send(request, to: destination, options: options)
  }
}
