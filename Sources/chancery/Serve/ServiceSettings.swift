import Destinations
import Glibc
import RunEngine
import Runbooks
import Server
import SourceText

/// What the service is told: by its configuration file, overridden by the command line.
struct ServiceSettings: Sendable {
  var listen = Listener.Address(host: "127.0.0.1", port: 8200)
  var tls: Listener.TLSFiles?
  var publicURL: String?
  var allowed: [HostPort] = []
  /// Whose files SQLite data sources may be; nil: there are none.
  var sqliteFolder: String?
  /// How many days a finished run is kept; nil: for ever.
  var retentionDays: Int?
  /// How many days a call stands in the log of its method, where its run is not gone before.
  var requestLogDays: Int?
  /// After how many days the keyring begins a new term by itself; nil: only when it is told to.
  var rotationDays: Int? = 90
  /// How many runs may be under way at once, of all runbooks and of one.
  private var mostRuns = RunQueue.Caps.usual.service
  private var mostRunsOfOne = RunQueue.Caps.usual.perRunbook
  private var proxies: [IPNetwork] = []

  var caps: RunQueue.Caps { RunQueue.Caps(service: mostRuns, perRunbook: mostRunsOfOne) }

  /// Whose word about the caller of a request counts.
  var trustedProxies: TrustedProxies { TrustedProxies(proxies) }

  init() {}

  /// Reads a configuration file; every fault with its place.
  ///
  /// ```yaml
  /// listen: 127.0.0.1:8200
  /// public_url: https://chancery.example.org
  /// tls: { cert: chain.pem, key: key.pem }
  /// egress: { allow: ["127.0.0.1:9000"] }
  /// trusted_proxies: [10.0.0.0/8]
  /// retention_days: 90
  /// request_log_days: 30
  /// rotate_days: 90
  /// max_runs: 64
  /// max_runs_per_runbook: 32
  /// ```
  init(file: String) throws {
    let bytes = try InputFile.read(file)
    switch SourceTape.parse(bytes, file: file) {
    case .failure(let fault): throw CommandFailure(.usage, fault.rendered)
    case .success(let nodes):
      guard nodes.count == 1, let members = nodes[0].mapping else {
        throw CommandFailure(.usage, "\(file) is no configuration: it must be one mapping.")
      }
      for (key, value) in members { try take(key.text ?? "", value) }
    }
  }

  private mutating func take(_ key: String, _ node: SourceNode) throws {
    switch key {
    case "listen": listen = try Self.address(try Self.text(node))
    case "public_url": publicURL = try Self.url(try Self.text(node))
    case "tls":
      guard let certificate = node["cert"]?.string, let key = node["key"]?.string else {
        throw Self.fault(node, "`tls` needs `cert` and `key`, both files")
      }
      tls = Listener.TLSFiles(certificate: certificate, key: key)
    case "egress":
      for (name, list) in node.mapping ?? [] {
        guard name.text == "allow", let members = list.sequence else {
          throw Self.fault(name, "`egress` has one key, `allow`: a list of HOST:PORT")
        }
        allowed += try members.map { try Self.host(try Self.text($0)) }
      }
    case "trusted_proxies":
      guard let members = node.sequence else {
        throw Self.fault(node, "`trusted_proxies` is a list of addresses and networks, such as 10.0.0.0/8")
      }
      proxies += try members.map { member in
        let text = try Self.text(member)
        guard let network = IPNetwork(text) else {
          throw Self.fault(member, "`\(text)` is no address and no network; write 192.0.2.7 or 10.0.0.0/8")
        }
        return network
      }
    case "sqlite_folder": sqliteFolder = try Self.text(node)
    case "retention_days":
      guard let days = Int(try Self.text(node)), (1...36_500).contains(days) else {
        throw Self.fault(node, "`retention_days` is a number of days from 1 to 36500")
      }
      retentionDays = days
    case "request_log_days":
      guard let days = Int(try Self.text(node)), (1...36_500).contains(days) else {
        throw Self.fault(node, "`request_log_days` is a number of days from 1 to 36500")
      }
      requestLogDays = days
    case "rotate_days":
      guard let days = Int(try Self.text(node)), (0...3_650).contains(days) else {
        throw Self.fault(node, "`rotate_days` is a number of days from 1 to 3650, or 0 for never")
      }
      rotationDays = days == 0 ? nil : days
    case "max_runs": mostRuns = try Self.count(node, key)
    case "max_runs_per_runbook": mostRunsOfOne = try Self.count(node, key)
    default:
      throw Self.fault(
        node,
        """
        unknown key `\(key)`; known are listen, public_url, tls, egress, trusted_proxies, sqlite_folder, \
        retention_days, request_log_days, rotate_days, max_runs, max_runs_per_runbook
        """)
    }
  }

  /// The command line wins over the file.
  mutating func override(with command: ServeCommand) throws {
    if let text = command.listen { listen = try Self.address(text) }
    if let text = command.publicURL { publicURL = try Self.url(text) }
    allowed += try command.allowEgress.map(Self.host)
    if let path = command.sqliteFolder { sqliteFolder = path }
    switch (command.tlsCert, command.tlsKey) {
    case (let certificate?, let key?): tls = Listener.TLSFiles(certificate: certificate, key: key)
    case (nil, nil): break
    default: throw CommandFailure(.usage, "--tls-cert and --tls-key go together.")
    }
    guard tls != nil || isLoopback else {
      throw CommandFailure(
        .usage, "Plain HTTP on \(listen.host) is refused: it would send tokens in the clear.",
        remedy: "Give --tls-cert and --tls-key, or listen on 127.0.0.1.")
    }
    guard !command.dev || isLoopback else {
      throw CommandFailure(.usage, "--dev listens on loopback only, not on \(listen.host).")
    }
  }

  private var isLoopback: Bool {
    if listen.host == "localhost" { return true }
    guard let address = IPAddress(listen.host) else { return false }
    return AddressClass.classify(address) == .loopback
  }

  private static func text(_ node: SourceNode) throws -> String {
    guard let text = node.text else { throw fault(node, "a text is expected here") }
    return text
  }

  /// A number of runs that may be under way at once.
  private static func count(_ node: SourceNode, _ key: String) throws -> Int {
    guard let count = Int(try text(node)), (1...10_000).contains(count) else {
      throw fault(node, "`\(key)` is a number of runs from 1 to 10000")
    }
    return count
  }

  private static func address(_ text: String) throws -> Listener.Address {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw CommandFailure(.usage, "`\(text)` is no address; write HOST:PORT, such as 127.0.0.1:8200.")
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty else { throw CommandFailure(.usage, "`\(text)` names no host; write 127.0.0.1:\(port).") }
    return Listener.Address(host: host, port: Int(port))
  }

  private static func host(_ text: String) throws -> HostPort {
    guard let host = HostPort(text) else {
      throw CommandFailure(.usage, "`\(text)` is no host and port; write HOST:PORT, such as 127.0.0.1:9000.")
    }
    return host
  }

  private static func url(_ text: String) throws -> String {
    guard text.hasPrefix("https://") || text.hasPrefix("http://"), !text.contains("?"), !text.contains("#"),
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { throw CommandFailure(.usage, "`\(text)` is no public URL; write https://HOST[/PATH].") }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  private static func fault(_ node: SourceNode, _ message: String) -> CommandFailure {
    CommandFailure(.usage, "\(node.place.rendered): \(message).")
  }
}
