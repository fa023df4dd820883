import Encodings
import Labels
import RunEngine

/// Requests and answers as logs show them; everything that was ever a value comes in as `Disclosed`.
extension JSONWriter {
  mutating func field(_ name: StaticString, _ value: Disclosed) {
    key(name.description)
    string(value.text)
  }

  mutating func exchangeHeaders(_ part: DisclosedPart<[DisclosedHeader]>) {
    key("headers")
    switch part {
    case .removed(let reason): string(reason.text)
    case .shown(let headers):
      beginArray()
      for header in headers {
        beginArray()
        string(header.name.text)
        string(header.value.text)
        endArray()
      }
      endArray()
    }
  }

  mutating func exchangeBody(_ part: DisclosedPart<Disclosed>) {
    key("body")
    switch part {
    case .removed(let text), .shown(let text): string(text.text)
    }
  }

  mutating func requestFields(_ method: String, _ request: DisclosedRequest) {
    key("method")
    string(PublicName(documentName: method).text)
    key("url")
    string(request.url.text)
    exchangeHeaders(request.headers)
    if let body = request.body { exchangeBody(body) }
  }

  mutating func responseFields(_ record: ResponseRecord, _ message: DisclosedMessage) {
    key("status")
    integer(Int64(record.status))
    key("duration_ms")
    integer(record.durationMilliseconds)
    exchangeHeaders(message.headers)
    exchangeBody(message.body)
  }

  /// The sentence holds names of documents, which can hold anything: it is searched as every text is.
  ///
  /// - Parameters:
  ///   - edge: the edge whose lack let a step's failure fail the run.
  ///   - integration: the id of the one that the step calls; nil where it calls none.
  mutating func reasonFields(
    _ reason: FailureReason, missing edge: FailureReason? = nil, calling integration: String?, view: DisclosureView
  ) {
    key("reason")
    string(reason.word)
    key("detail")
    let sentences =
      [reason.sentence(callingIntegration: integration)]
      + (edge == reason ? [] : [edge?.sentence].compactMap { $0 })
    let sentence = LabeledText(
      clear: sentences.map { PublicName(documentName: $0).text }.joined(separator: " "))
    string(DiscloseDoor.viewerText(sentence, view: view).text)
  }
}
