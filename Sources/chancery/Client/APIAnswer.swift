/// A whole answer of the service.
struct APIAnswer: Sendable {
  let status: Int
  let body: [UInt8]

  /// The body, which must be JSON. Throws `unavailable`: whatever answers there is not the service.
  func json(_ address: ServiceAddress) throws(CommandFailure) -> JSONView {
    guard let view = JSONView(body) else { throw Self.stranger(address) }
    return view
  }

  /// What an answer that was not hoped for means.
  func failure(address: ServiceAddress) -> CommandFailure {
    let view = JSONView(body)
    let errors = view?["errors"]?.strings ?? []
    let faults = view?["faults"]?.strings ?? []
    let detail = view?["detail"]?.string ?? errors.first
    switch status {
    case 503: return CommandFailure(.unavailable, detail ?? "the service at \(address.text) cannot answer now")
    case 403:
      let isUnknown = detail == nil || detail == "permission denied"
      return CommandFailure(
        .notSo, isUnknown ? "permission denied" : detail ?? "",
        remedy: isUnknown ? "Check the token: it may be mistyped, expired, revoked or used up." : nil)
    case 300..<400:
      return CommandFailure(.unavailable, "\(address.text) answers with a redirect, which is not followed")
    case _ where view == nil: return Self.stranger(address)
    case _ where !faults.isEmpty: return CommandFailure(.notSo, ([detail ?? ""] + faults).joined(separator: "\n"))
    case 404: return CommandFailure(.notSo, detail ?? "there is nothing of this name", remedy: view?["remedy"]?.string)
    default:
      return CommandFailure(
        .notSo, detail ?? "the service answered with status \(status)", remedy: view?["remedy"]?.string)
    }
  }

  private static func stranger(_ address: ServiceAddress) -> CommandFailure {
    CommandFailure(
      .unavailable, "what answers at \(address.text) is not Chancery, or not of this version",
      remedy: "Check --address and CHANCERY_ADDR.")
  }
}
