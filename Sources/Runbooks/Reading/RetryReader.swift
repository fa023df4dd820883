import SourceText

/// Reads when and how often a failed attempt is repeated, of a method or of one step that calls it.
enum RetryReader {
  static func read(_ object: ObjectReader, _ context: inout ReadingContext) -> RetrySettings? {
    guard let node = object.value("retry"),
      let reader = ObjectReader(node, as: .retry, part: object.path("retry"), &context)
    else { return nil }
    var causes: [RetryOn] = []
    if let list = reader.value("retry_on") {
      if list.sequence == nil {
        context.error(.wrongType, at: list.place, "`retry_on` must be a list, not \(list.kindName)")
      }
      for element in list.sequence ?? [] {
        if let cause = element.text.flatMap({ RetryOn($0) }) {
          causes.append(cause)
        } else {
          context.error(
            .badValue, at: element.place,
            "`retry_on` holds timeout, connect, disconnected, dns, tls, a status such as 429, or a class such as 5xx")
        }
      }
    } else {
      causes = [.timeout, .connect]
    }
    guard let attempts = reader.integer("attempts", &context) else { return nil }
    return RetrySettings(
      attempts: attempts, backoff: reader.duration("backoff", &context) ?? .seconds(1), retryOn: causes)
  }
}
