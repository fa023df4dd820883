import Encodings
import Labels
import RunEngine

/// The texts of a run as a viewer of its log sees them, what it was about first. The same rules as for the log: what that
/// masks or removes is in none of them.
struct RunTexts {
  let session: RunSession
  let events: [RunEvent]
  let view: DisclosureView

  /// Hands over each text until `take` says false.
  func each(_ take: (String) -> Bool) {
    var seen: Set<ValueID> = []
    for event in events.reversed() {
      for (_, handle) in event.variables.sorted(by: { $0.key < $1.key }) where seen.insert(handle.id).inserted {
        guard shown(handle, take) else { return }
      }
      if let element = event.element, seen.insert(element.id).inserted, !shown(element, take) { return }
    }
    for event in events where !event.roots.isEmpty {
      guard started(event.roots, take) else { return }
    }
    var told = SeenTexts()
    for event in events.reversed() {
      guard exchange(event, &told, take) else { return }
      if let reason = event.reason {
        let words = reason.sentence(callingIntegration: session.integration(of: event))
        let sentence = LabeledText(clear: PublicName(documentName: words).text)
        guard take(DiscloseDoor.viewerText(sentence, view: view).text) else { return }
      }
    }
  }

  /// The names of steps that the run came to.
  var steps: Set<String> { session.machine.visitedSteps.union(events.compactMap { $0.address?.step }) }

  private func shown(_ handle: ValueHandle, _ take: (String) -> Bool) -> Bool {
    guard let text = text(handle) else { return true }
    return take(DiscloseDoor.viewerText(text, view: view).text)
  }

  private func started(_ roots: [String: ValueHandle], _ take: (String) -> Bool) -> Bool {
    if let body = text(roots["request"]) {
      let headers = text(roots["request_headers"]) ?? LabeledText(clear: "{}")
      let message = DiscloseDoor.message(headers: headers, body: body, view: view)
      guard part(message.body, take), self.headers(message.headers, take) else { return false }
    }
    return roots["request_query"].map { shown($0, take) } ?? true
  }

  private func exchange(_ event: RunEvent, _ told: inout SeenTexts, _ take: (String) -> Bool) -> Bool {
    if let response = event.response, let headers = text(response.headers), let body = text(response.body),
      told.isNew([headers, body])
    {
      let message = DiscloseDoor.message(headers: headers, body: body, view: view)
      guard part(message.body, take), self.headers(message.headers, take) else { return false }
    }
    guard let request = event.request, let url = text(request.url), let headers = text(request.headers) else {
      return true
    }
    let body = request.body.flatMap { text($0) }
    // A request is told by its parts together: a secret in one of them removes all.
    guard told.isNew([url, headers] + (body.map { [$0] } ?? [])) else { return true }
    let disclosed = DiscloseDoor.request(url: url, headers: headers, body: body, view: view)
    guard disclosed.body.map({ part($0, take) }) ?? true else { return false }
    // Also as it is read: `caf%C3%A9` is a word.
    let readable = PercentEncoding.decode(Array(disclosed.url.text.utf8), plusIsSpace: true)
    guard take(readable.map { String(decoding: $0, as: UTF8.self) } ?? disclosed.url.text) else { return false }
    return self.headers(disclosed.headers, take)
  }

  /// Why a part was removed is said by the service, and is no word of the run.
  private func part(_ part: DisclosedPart<Disclosed>, _ take: (String) -> Bool) -> Bool {
    guard case .shown(let text) = part else { return true }
    return take(text.text)
  }

  private func headers(_ part: DisclosedPart<[DisclosedHeader]>, _ take: (String) -> Bool) -> Bool {
    guard case .shown(let headers) = part else { return true }
    return headers.allSatisfy { take($0.name.text) && take($0.value.text) }
  }

  private func text(_ handle: ValueHandle?) -> LabeledText? { handle.flatMap { try? session.values.text($0) } }
}
