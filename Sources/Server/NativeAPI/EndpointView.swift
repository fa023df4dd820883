import Encodings
import Runbooks
import Runner

/// What the list of runbooks says of their public starts: what stands in the way, which keys end soon, and whether as
/// many deliveries are kept as there may be.
struct EndpointView {
  let core: ServerCore
  /// Names of deliveries that are kept, by endpoint.
  let kept: [String: Int]

  init(_ core: ServerCore, kept: [String: Int]) {
    self.core = core
    self.kept = kept
  }

  func write(_ document: RunbookDocument, to writer: inout JSONWriter) {
    let snapshot = core.endpoints.snapshot
    if let fault = snapshot.faults[document.id] {
      writer.key("endpoint_fault")
      writer.string(fault)
    }
    let endpoint = snapshot[document.id]
    if let endpoint, endpoint.configuration.keepsDeliveries {
      writer.key("deliveries_kept")
      writer.integer(Int64(kept[document.id] ?? 0))
      writer.key("deliveries_limit")
      writer.integer(Int64(endpoint.keptLimit))
    }
    let notes = notes(document, endpoint)
    guard !notes.isEmpty else { return }
    writer.key("endpoint_notes")
    writer.beginArray()
    for note in notes { writer.string(note) }
    writer.endArray()
  }

  private func notes(_ document: RunbookDocument, _ endpoint: Endpoint?) -> [String] {
    var notes = endpoint?.notes ?? []
    switch document.start.publicStart?.authentication {
    case .signature(let settings)?: notes += KeyEnds.sentences(of: settings.keys, now: core.now())
    case .messageSignature(let settings)?:
      notes += KeyEnds.sentences(of: settings.keys.map(\.key), now: core.now())
    default: break
    }
    guard let endpoint else { return notes }
    notes += KeyEnds.sentences(of: endpoint.keys.certificates, now: core.now())
    guard endpoint.configuration.keepsDeliveries else { return notes }
    let count = kept[document.id] ?? 0
    if count >= endpoint.keptLimit {
      notes.append(
        "ALARM: \(count) deliveries are kept, which is the limit, and further ones are refused: "
          + "rotate the key, or raise replay_limit.")
    } else if count >= endpoint.keptLimit / 10 * 9, endpoint.keptLimit >= 10 {
      notes.append(
        "\(count) of at most \(endpoint.keptLimit) deliveries are kept; at the limit further ones are refused.")
    }
    return notes
  }
}
