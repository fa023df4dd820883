import Encodings
import Labels
import RunEngine

/// One line of a run's log in the making. Everything that was ever a value comes in as `Disclosed`.
struct LogLine {
  private var writer = JSONWriter()

  init(sequence: Int, at: Instant, run: RunID, event: String) {
    writer.beginObject()
    writer.key("seq")
    writer.integer(Int64(sequence))
    writer.key("time")
    writer.string(at.rfc3339)
    writer.key("run")
    writer.string(run.text)
    writer.key("event")
    writer.string(event)
  }

  mutating func address(_ address: EffectAddress, title: String) {
    writer.key("step")
    writer.string(PublicName(documentName: address.step).text)
    if title != address.step {
      writer.key("title")
      writer.string(PublicName(documentName: title).text)
    }
    writer.key("visit")
    writer.integer(Int64(address.visit))
    writer.key("attempt")
    writer.integer(Int64(address.attempt))
  }

  mutating func field(_ name: StaticString, _ value: Disclosed) {
    writer.key(name.description)
    writer.string(value.text)
  }

  mutating func field(_ name: StaticString, _ value: Bool) {
    writer.key(name.description)
    writer.bool(value)
  }

  mutating func list(_ name: StaticString, _ values: [Disclosed]) {
    guard !values.isEmpty else { return }
    writer.key(name.description)
    writer.beginArray()
    for value in values { writer.string(value.text) }
    writer.endArray()
  }

  mutating func field(_ name: StaticString, _ value: Int) {
    writer.key(name.description)
    writer.integer(Int64(value))
  }

  mutating func reason(
    _ reason: FailureReason, missing edge: FailureReason? = nil, calling integration: String?, view: DisclosureView
  ) {
    writer.reasonFields(reason, missing: edge, calling: integration, view: view)
  }

  mutating func object(_ name: StaticString, _ values: [(String, Disclosed)]) {
    guard !values.isEmpty else { return }
    writer.key(name.description)
    writer.beginObject()
    for (key, value) in values {
      writer.key(PublicName(documentName: key).text)
      writer.string(value.text)
    }
    writer.endObject()
  }

  mutating func request(_ method: String, _ request: DisclosedRequest) {
    writer.key("request")
    writer.beginObject()
    writer.requestFields(method, request)
    writer.endObject()
  }

  mutating func response(_ record: ResponseRecord, _ message: DisclosedMessage) {
    writer.key("response")
    writer.beginObject()
    writer.responseFields(record, message)
    writer.endObject()
  }

  mutating func message(_ name: StaticString, _ message: DisclosedMessage) {
    writer.key(name.description)
    writer.beginObject()
    writer.exchangeHeaders(message.headers)
    writer.exchangeBody(message.body)
    writer.endObject()
  }

  /// The line, without its end.
  mutating func finish() -> [UInt8] {
    writer.endObject()
    return writer.finish()
  }
}
