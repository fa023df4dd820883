import Encodings

/// What a dry run is told: the payload, and where its answers come from.
struct DryRunOrder {
  var payload: [UInt8]?
  /// The file of answers by step.
  var responses: [UInt8]?
  /// The run whose recorded answers are taken.
  var replay: String?

  /// The body of the request.
  var body: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    if let payload {
      writer.key("payload")
      writer.raw(payload)
    }
    if let responses {
      writer.key("responses")
      writer.raw(responses)
    }
    if let replay {
      writer.key("replay")
      writer.string(replay)
    }
    writer.endObject()
    return writer.finish()
  }

  /// Makes the run and shows its log. A dry run that failed is shown like one that succeeded; its exit code is 1.
  func send(_ name: String, asJSON: Bool, _ api: APIClient) async throws {
    let answer = try await api.send(.POST, APIPath("api", "runbooks", name, "dry-run"), body: body)
    guard let run = try answer.json(api.address)["run_id"]?.string else {
      throw CommandFailure(.unavailable, "the service did not name the dry run")
    }
    if !asJSON { Terminal.output.line("dry run \(run): nothing has left the service") }
    try await RunFollowing(api: api, run: run).show(asJSON: asJSON)
  }
}
