package import Destinations
internal import Encodings
package import Keyring

/// A request as it is written on the wire, for one dial. Only `SendDoor` makes it, and only `Egress` reads it.
package struct SendableRequest: Sendable {
  /// The destination that was checked, and the only one to which this may be sent.
  package let dial: AllowedDial
  package let method: String
  /// Read from the bytes that are written, secrets included.
  package let target: CanonicalURL
  package let headers: [(name: String, value: [UInt8])]
  package let body: [UInt8]
  /// Whether anything secret is in it: then no redirect may be followed.
  package let carriesSecrets: Bool
  /// What the log keeps of it.
  package let record: RequestTexts

  /// The text of the target: canonical, ASCII.
  package var url: String { target.text }
}

extension SendableRequest {
  /// Commits to every byte of the request and to the visit of the step that sends it, in hex, under the key of its
  /// run: two questions of a run have the same commitment exactly when both are the same, so that an answer to one is
  /// none to the next. Throws `KeyringError` for a key that is sealed or destroyed.
  package func commitment(
    step: String, visit: Int, run: String, key: RunKey
  ) throws(KeyringError) -> String {
    var fields = LengthPrefixed()
    fields.append("approval-of-visit")
    fields.append(step)
    fields.append(UInt64(visit))
    return try mac(&fields, run: run, key: key)
  }

  /// Whether people agreed to this very request, in this visit of the step. `approved` is what the run's history holds:
  /// of a question that an earlier release asked it names the request alone, and the history holds the visit beside it.
  /// Throws `KeyringError` for a key that is sealed or destroyed.
  package func isCommitted(
    to approved: String, step: String, visit: Int, run: String, key: RunKey
  ) throws(KeyringError) -> Bool {
    if try commitment(step: step, visit: visit, run: run, key: key) == approved { return true }
    return try formerCommitment(run: run, key: key) == approved
  }

  /// As earlier releases committed: to the request alone.
  func formerCommitment(run: String, key: RunKey) throws(KeyringError) -> String {
    var fields = LengthPrefixed()
    fields.append("approval")
    return try mac(&fields, run: run, key: key)
  }

  private func mac(_ fields: inout LengthPrefixed, run: String, key: RunKey) throws(KeyringError) -> String {
    fields.append(method)
    fields.append(url)
    fields.append(UInt64(headers.count))
    for header in headers {
      fields.append(header.name)
      fields.append(header.value)
    }
    fields.append(body)
    return Hex.encode(try key.mac(.valueCommitment, context: [Array(run.utf8)], message: fields.bytes))
  }
}

extension SendableRequest: Masked {
  package var maskedText: String { "SendableRequest(\(method) \(dial.hostPort), ‹masked›)" }
}

/// What the log keeps of a request: sealed like any value, and shown by `DiscloseDoor.request`. Parameters that are
/// bound to the URL are not in it; an empty labelled range stands in their place.
package struct RequestTexts: Sendable {
  package let url: LabeledText
  /// The headers and the names of the values that were used, in a form of its own (docs/spec/labels.md).
  package let headers: LabeledText
  package let body: LabeledText?
}

extension RequestTexts: Masked {
  package var maskedText: String { "RequestTexts(‹masked›)" }
}
