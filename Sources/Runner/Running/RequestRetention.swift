package import Encodings
package import Runbooks
package import Storage

/// How long calls stand in the log of their method: as long as the method says, else as long as the configuration says,
/// else as long as their run. What goes with no run goes after thirty days.
package struct RequestRetention: Equatable, Sendable {
  /// Of a test or a fetched token, where nothing else says it.
  package static let standardDays = 30
  /// What a configuration can ask for, and the most that is reckoned with.
  private static let mostDays = 36_500

  /// By INTEGRATION/METHOD.
  private let days: [String: Int]
  /// The ids of integrations that cannot be read.
  private let unreadable: Set<String>
  private let serviceDays: Int?

  /// - Parameters:
  ///   - unreadable: the ids of integrations that cannot be read. What their methods say is not known: so all their calls stay.
  ///   - serviceDays: the configuration's figure; nil where it has none.
  package init(_ integrations: [IntegrationDocument], unreadable: Set<String> = [], serviceDays: Int?) {
    var days: [String: Int] = [:]
    for integration in integrations {
      for method in integration.methods {
        if let own = method.retentionDays { days["\(integration.id)/\(method.name)"] = own }
      }
    }
    self.days = days
    self.unreadable = unreadable
    self.serviceDays = serviceDays
  }

  /// The methods whose calls do not go with a run whose time is over, sorted: those that say it themselves, and those that may.
  ///
  /// - Parameter logged: the methods that have calls in the log.
  package func methods(of logged: [String]) -> [String] {
    Set(days.keys).union(logged.filter(isUnreadable)).sorted()
  }

  /// What is to be forgotten of these methods now. Each change stands by itself, and done twice it does nothing more: so
  /// a stop between two of them does no harm.
  package func changes(for methods: [String], at now: Instant) -> [AccountChange] {
    methods.filter { !isUnreadable($0) }.map { method in
      let own = days[method] ?? serviceDays
      let cutoff = now.advanced(byMilliseconds: -Int64(min(own ?? Self.standardDays, Self.mostDays)) * 86_400_000)
      return .forgetRequests(method: method, before: cutoff, keepingRuns: own == nil)
    }
  }

  private func isUnreadable(_ method: String) -> Bool {
    unreadable.contains(String(method.prefix { $0 != "/" }))
  }
}
