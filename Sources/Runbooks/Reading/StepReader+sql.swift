import SourceText

extension StepReader {
  static func sql(_ object: ObjectReader, _ context: inout ReadingContext) -> StepKind? {
    guard let source = object.text("sql", &context) else { return nil }
    guard let node = object.value("query") else {
      context.error(
        .missingKey, at: object.node.place, "`query` is missing here", remedy: "write the statement below query: |")
      return nil
    }
    guard let query = TextReader.template(node, what: "`query`", &context) else { return nil }
    let timeout = object.duration("timeout", &context)
    if let timeout, timeout > DataSourceDocument.Limits.longestTimeout {
      context.error(
        .badValue, at: object.value("timeout")?.place ?? object.node.place, "`timeout` of a statement is at most 5m")
    }
    return .sql(
      SQLStep(
        source: source, query: query, outputs: BindingReader.read("outputs", in: object, &context),
        encryptResponse: object.bool("encrypt_response", &context) ?? false, timeout: timeout,
        retriesWhenInterrupted: isRetry(object, &context), approval: approval(object, &context),
        retry: repetition(object, &context)))
  }

  /// As of a method, but a statement has no status.
  private static func repetition(_ object: ObjectReader, _ context: inout ReadingContext) -> RetrySettings? {
    guard let retry = RetryReader.read(object, &context) else { return nil }
    for cause in retry.retryOn where cause.isStatus {
      context.error(
        .badValue, at: object.keyPlace("retry"),
        "`retry_on` of a statement cannot hold \(cause.text): it has no status",
        remedy: "timeout, connect, disconnected, dns and tls can stand there")
    }
    return retry
  }

  private static func isRetry(_ object: ObjectReader, _ context: inout ReadingContext) -> Bool {
    guard let word = object.text("on_interrupt", &context) else { return false }
    if !["fail", "retry"].contains(word) {
      object.reportChoice("on_interrupt", word, among: ["fail", "retry"], &context)
    }
    return word == "retry"
  }

  static func refuseSQLKeys(_ object: ObjectReader, _ context: inout ReadingContext) {
    object.refuse(
      ["query", "on_interrupt"], because: "only `sql` sends a statement", &context)
  }
}
