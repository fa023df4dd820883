import Destinations

/// Where the service is: scheme, host and port.
struct ServiceAddress: Equatable, Sendable {
  /// Without a slash at the end.
  let text: String

  /// Throws `usage`. Plain http goes to this machine alone: with each request goes a token.
  init(_ given: String) throws(CommandFailure) {
    let url: CanonicalURL
    do throws(URLFault) {
      url = try CanonicalURL(given, allowingPlainHTTP: Self.isThisMachine)
    } catch .plainHTTPNotAllowed {
      throw CommandFailure(
        .usage, "plain http would send the token in clear over the network",
        remedy: "Use an https address; plain http is for 127.0.0.1 and localhost only.")
    } catch {
      throw CommandFailure(
        .usage, "the service's address is not usable: \(error.message)",
        remedy: "Give --address or CHANCERY_ADDR as https://HOST:PORT.")
    }
    guard url.pathSegments == [""], url.query == nil else {
      throw CommandFailure(.usage, "the service's address has a path", remedy: "Give it as https://HOST:PORT.")
    }
    text = String(url.text.dropLast())
  }

  private static func isThisMachine(_ place: HostPort) -> Bool {
    if let address = place.name.literal { return AddressClass.classify(address) == .loopback }
    return place.host == "localhost"
  }
}
