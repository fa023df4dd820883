import Destinations
import Egress
import Encodings
import Labels
import RunEngine
import Runbooks
import Storage

/// Posts that a run failed to where the runbook says, signed by Standard Webhooks 1.0.0 under the item's id, so that the
/// receiver knows a repetition. The body holds names, ids and the word of the failure, never a value.
struct FailureWebhook: Sendable {
  let library: DocumentLibrary

  private var parts: ServiceParts { library.parts }
  /// Why a webhook of a runbook that was deleted is given up.
  static let runbookDeleted = "runbook-deleted"
  private static let timeout = Duration.seconds(30)
  private static let mostAnswerBytes = 64 << 10

  func perform(_ item: OutboxItem) async throws -> OutboxResult {
    guard try await parts.store.document(.runbook, id: item.runbookID) != nil else {
      return .never(Self.runbookDeleted)
    }
    let bundle = try await library.bundle(item.bundle)
    guard let settings = bundle.runbook.onFailure.webhook else { return .never("not-configured") }
    do {
      let reading = MaterialReading(parts: parts)
      let key = try await reading.secret(settings.key, clearance: try await reading.clearance(of: bundle))
      let signing = try RequestSigning(
        .standardWebhooks(id: item.id), key: key, encoding: .base64, algorithm: .hmacSHA256, name: settings.key.text,
        now: parts.clock.now())
      let body = try await body(of: item, bundle.runbook)
      let request = try RenderedRequest(
        method: "POST", template: try settings.template(parts.rules), values: [:],
        body: .content(RenderedText(clear: body), type: "application/json"), signings: [signing])
      var registry = SecretRegistry(pseudonyms: Masks.pseudonyms(run: item.run, keyring: parts.keyring))
      registry.learn(key)
      let destination = try await parts.client.resolve(try request.checkedURL { parts.rules.allowsPlainHTTP($0) })
      let sendable = try SendDoor(BoundParameters(parts.keyring)).open(
        request, for: destination.first, registry: &registry
      ).get()
      var options = CallOptions(timeout: Self.timeout, maximumResponseBytes: Self.mostAnswerBytes)
      options.redirects = .never
      let answer = try await parts.client.send(sendable, to: destination, options: options)
      return Self.result(status: answer.status)
    } catch {
      let reason = FailureReason(call: error)
      if reason == .interrupted || reason == .sealed { return .stopped }
      return .later(reason.word)
    }
  }

  /// 410 means that the receiver wants no more (Standard Webhooks, "Deliverability and reliability").
  private static func result(status: Int) -> OutboxResult {
    if (200...299).contains(status) { return .done }
    return status == 410 ? .never("status 410") : .later("status \(status)")
  }

  private func body(of item: OutboxItem, _ runbook: RunbookDocument) async throws -> String {
    let run = try await parts.store.run(item.run)
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("type")
    writer.string("runbook.failed")
    writer.key("timestamp")
    writer.string(item.createdAt.rfc3339)
    writer.key("data")
    writer.beginObject()
    for (key, text) in [
      ("runbook_id", item.runbookID), ("runbook", runbook.name), ("run_id", item.run.text),
      ("run_url", "\(parts.publicURL ?? "")/api/runs/\(item.run.text)"), ("failure", run?.failureWord),
    ] as [(String, String?)] {
      writer.key(key)
      if let text { writer.string(text) } else { writer.null() }
    }
    writer.key("failures_in_a_row")
    writer.integer(Int64(item.failures))
    writer.endObject()
    writer.endObject()
    return String(decoding: writer.finish(), as: UTF8.self)
  }
}

extension FailureSettings.WebhookSettings {
  /// Where it goes: literal text only.
  func template(_ rules: EgressRules) throws(URLFault) -> URLTemplate {
    let template = try URLTemplate(base: url, resource: "", segments: .mixed) { rules.allowsPlainHTTP($0) }
    return template
  }
}
