extension NativeObject {
  /// The keys of this kind of object, in the order in which they are written.
  package var keys: [NativeKey] {
    switch self {
    case .integration: Self.integrationKeys
    case .authorization: Self.authorizationKeys
    case .clientCertificate: Self.clientCertificateKeys
    case .method: Self.methodKeys
    case .row: Self.rowKeys
    case .body: Self.bodyKeys
    case .retry: Self.retryKeys
    case .signing: Self.signingKeys
    case .namedKey: Self.namedKeyKeys
    case .runbook: Self.runbookKeys
    case .start: Self.startKeys
    case .publicStart: Self.publicStartKeys
    case .recipe: Self.recipeKeys
    case .httpSignature: Self.httpSignatureKeys
    case .httpSignatureKey: Self.httpSignatureKeyKeys
    case .credential: Self.credentialKeys
    case .verification: Self.verificationKeys
    case .variable: Self.variableKeys
    case .binding: Self.bindingKeys
    case .valueMapping: Self.valueMappingKeys
    case .failure: Self.failureKeys
    case .failureMail: Self.failureMailKeys
    case .failureWebhook: Self.failureWebhookKeys
    case .schedule: Self.scheduleKeys
    case .limits: Self.limitKeys
    case .step: Self.allStepKeys
    case .edge: Self.edgeKeys
    case .approval: Self.approvalKeys
    case .condition: Self.conditionKeys
    case .conditionRow: Self.conditionRowKeys
    case .signatureKey: Self.signatureKeyKeys
    case .scheme: Self.schemeKeys
    case .template: Self.templateKeys
    case .schemeDefinition: Self.schemeDefinitionKeys
    case .schemeAbout: Self.schemeAboutKeys
    case .schemeSignature: Self.schemeSignatureKeys
    case .schemeSource: Self.schemeSourceKeys
    case .schemeKeyAddress: Self.schemeKeyAddressKeys
    case .schemeExpectation: Self.schemeExpectationKeys
    case .schemeKey: Self.schemeKeyKeys
    case .schemeTimestamp: Self.schemeTimestampKeys
    case .schemeRecipe: Self.schemeRecipeKeys
    case .dataSource: Self.dataSourceKeys
    case .postgres: Self.postgresKeys
    }
  }

  private static let allStepKeys = stepKeys + keyStepKeys
  private static let conditionKeys = [
    NativeKey("any", .list(.list(.object(.conditionRow))), required: true, "Groups of rows; one group must hold.")
  ]
  private static let vendorKey = NativeKey(
    "vendor", .map(.anyJSON), "Keys of an imported vendor document that have no native meaning; kept, never used.")
  private static let inactiveKey = NativeKey(
    "inactive_reasons", .list(.text), "What an import could not honour; while there is one, it does not run.")
  static let rowsShape = ValueShape.oneOf([.map(rowShape), .list(.object(.row))])
  private static let rowShape = ValueShape.oneOf([.scalar, .object(.row)])
  static let credentialShape = ValueShape.oneOf([.text, .object(.credential)])
  static let verificationKeyShape = ValueShape.oneOf([.text, .object(.credential), .object(.namedKey)])
  static let bindingsShape = ValueShape.map(.oneOf([.text, .object(.binding)]))
  private static let valueMappingsShape = ValueShape.oneOf([.map(.scalar), .list(.object(.valueMapping))])

  private static let requestShape = ValueShape.pattern(
    "^(" + HTTPMethod.allCases.map(\.rawValue).joined(separator: "|") + ")( |$)")
  private static let retryShape = ValueShape.oneOf([
    .choice(["timeout", "connect", "disconnected", "dns", "tls"]), .integer(100...599),
    .pattern("^[1-5]([0-9][0-9]|xx)$"),
  ])

  private static let integrationKeys = [
    NativeKey("integration", .text, required: true, "Stable id: what steps name before the slash."),
    NativeKey("name", .text, "What people read; the id where there is none."),
    NativeKey("notes", .text, "Anything worth knowing."),
    NativeKey("base_url", .text, required: true, "Scheme, host, port and leading path of every method."),
    NativeKey(
      "client_certificate", .object(.clientCertificate),
      "A certificate that connections show, whatever auth is."),
    NativeKey(
      "auth", .oneOf([.choice(["none"]), .object(.authorization)]), "How calls are authorised; none by default."),
    NativeKey("trust", .text, "Certificates in PEM form that its calls trust beside the system's."),
    NativeKey("methods", .map(.object(.method)), "The requests of this integration, by name."),
    vendorKey,
  ]

  private static let methodKeys = [
    NativeKey("id", .text, "Stable id; INTEGRATION/NAME by default. A vendor guid stays here."),
    NativeKey("title", .text, "What people read; the name where there is none."),
    NativeKey("request", requestShape, required: true, "HTTP method and path: POST /v1/items/<<item_id>>."),
    NativeKey("query", rowsShape, "Query parameters."),
    NativeKey("headers", rowsShape, "Request headers."),
    NativeKey("body", .oneOf([.choice(["none"]), .object(.body)]), "The request body; none by default."),
    NativeKey("content_type_charset", .boolean, "Write ; charset=utf-8 behind the content type; off by default."),
    NativeKey("auth", .choice(["inherit", "none"]), "none: do not use the integration's authorisation."),
    NativeKey("signing", .object(.signing), "How requests are signed, just before they are sent."),
    NativeKey("outputs", bindingsShape, "Variables taken from a successful answer: NAME: response^path!"),
    NativeKey(
      "response", .choice(ResponseKind.allCases.map(\.rawValue)),
      "How an answer is read; json by default, which takes another body as text."),
    NativeKey("encrypt_response", .boolean, "Seal the answer and everything taken from it, and keep it out of logs."),
    NativeKey("timeout", .duration, "Of one attempt."),
    NativeKey("retry", .object(.retry), "When and how often a failed attempt is repeated."),
    NativeKey("idempotency", .text, "header NAME: carries a key by which the other side knows a repetition."),
    NativeKey(
      "on_interrupt", .choice(["fail", "retry"]), "What to do when the service stopped while the request was out."),
    NativeKey(
      "redirects", .boolean, "Follow redirects within the origin; off by default, never with encrypted values."),
    NativeKey("max_response_bytes", .integer(1...1_073_741_824), "Largest answer, decoded; at most 33554432 (32 MiB)."),
    NativeKey(
      "retention_days", .integer(1...3_650),
      "Days that its calls stand in the request log; by default they go with their runs."),
    inactiveKey,
    vendorKey,
  ]

  private static let rowKeys = [
    NativeKey("name", .text, "In a list of rows: the name of the parameter, header or field."),
    NativeKey("value", .scalar, "Text with <<placeholders>>."),
    NativeKey("secret", .text, "A field of the key/value store: kv/PATH#FIELD."),
    NativeKey("encrypt", .boolean, "Sealed at rest, never shown again, bound to the method's URL."),
    NativeKey("sealed", .boolean, "true: the value is entered with chancery set."),
    vendorKey,
  ]

  private static let bodyKeys = [
    NativeKey("json", .text, "JSON text with <<placeholders>>."),
    NativeKey("xml", .text, "XML text with <<placeholders>>."),
    NativeKey("form", rowsShape, "Fields, sent as application/x-www-form-urlencoded."),
    NativeKey("text", .text, "Plain text with <<placeholders>>."),
    NativeKey("file", .text, "One value, <<file>>, sent byte for byte."),
    NativeKey("type", .text, "file: its media type; application/octet-stream by default."),
  ]

  private static let retryKeys = [
    NativeKey("attempts", .integer(1...20), required: true, "Attempts in all."),
    NativeKey("backoff", .duration, "Wait before the second attempt, doubled for each further one; 1s by default."),
    NativeKey(
      "retry_on", .list(retryShape),
      "timeout, connect, disconnected, dns, tls, a status such as 429, or a class such as 5xx."),
  ]

  private static let runbookKeys = [
    NativeKey("runbook", .text, required: true, "Stable id: the start URL ends in it."),
    NativeKey("name", .text, "What people read, unique; the id where there is none."),
    NativeKey("group", .text, "The group that lists show it under."),
    NativeKey("notes", .text, "Anything worth knowing."),
    NativeKey("active", .boolean, "Whether it may start; true when it has steps."),
    NativeKey("start", .oneOf([.choice(["internal"]), .object(.start)]), "Who may start it; internal by default."),
    NativeKey("variables", .map(.oneOf([.scalar, .object(.variable)])), "Declared variables, by name."),
    NativeKey(
      "mode", .choice(ExecutionMode.allCases.map(\.rawValue)), "Whether runs wait for one another; parallel by default."
    ),
    NativeKey("on_failure", .object(.failure), "What happens after failed runs in a row."),
    NativeKey("retention_days", .integer(1...3_650), "Days that logs of runs are kept; 30 by default."),
    NativeKey("limits", .object(.limits), "Guards of one run."),
    NativeKey("first", .text, "The step that runs first; the first one written by default."),
    NativeKey("steps", .map(.object(.step)), "The graph, by step name."),
    inactiveKey,
    vendorKey,
  ]

  private static let startKeys = [
    NativeKey("public", .object(.publicStart), "A public endpoint besides starts from inside."),
    NativeKey(
      "schedule", .oneOf([.object(.schedule), .list(.object(.schedule))]), "When it starts by itself."),
    NativeKey("encrypt_request", .boolean, "Seal the request body and headers and everything taken from them."),
    NativeKey("inputs", bindingsShape, "Variables taken from the request: NAME: request^path!"),
  ]

  private static let publicStartKeys = [
    NativeKey(
      "auth",
      .choice(["none", "basic", "bearer", "signature", "http_signature", "header_secret", "uri_secret", "unset"]),
      required: true,
      "How a request proves itself."),
    NativeKey("username", .text, "basic: the user name."),
    NativeKey("password", credentialShape, "basic: the password."),
    NativeKey("scheme", .text, "signature: a scheme of the catalogue, such as github."),
    NativeKey("recipe", .object(.recipe), "signature: a configurable signature instead of a scheme."),
    NativeKey("key", verificationKeyShape, "signature: the key, where there is one that counts always."),
    NativeKey("keys", .list(.object(.signatureKey)), "signature: several keys, each with its time."),
    NativeKey("settings", .map(.text), "signature: what the scheme reads from the configuration, by name."),
    NativeKey("fetch_keys", .boolean, "true: fetch the certificate that a request names (aws-sns-v2, paypal)."),
    NativeKey("http_signature", .object(.httpSignature), "http_signature: what must be signed, and by whom."),
    NativeKey("header", .text, "header_secret: the header that carries the secret."),
    NativeKey("parameter", .text, "uri_secret: the query parameter that carries the secret."),
    NativeKey("secret", credentialShape, "header_secret, uri_secret: the secret."),
    NativeKey("description", .text, "unset: what an import found."),
    NativeKey("timestamp_header", .text, "A header with an RFC 1123 date within 60 seconds of now."),
    NativeKey(
      "answer", .numbers(StartAnswer.allCases.map(\.rawValue)),
      "Status of the answer to an accepted start: 202 (default), 200, 201 or 204."),
    NativeKey("replay", .choice(["on", "off"]), "off: a signed delivery that comes again starts a run again."),
    NativeKey(
      "replay_limit", .integer(1...100_000_000),
      "Deliveries without a signed time that are remembered; 1000000 by default."),
    NativeKey("initial_verification", .oneOf([.choice(["none"]), .object(.verification)]), "A provider's handshake."),
  ]

  private static let verificationKeys = [
    NativeKey("challenge", .text, "Name of the handshake profile, such as slack."),
    NativeKey("profile", .map(.anyJSON), "A profile of one's own instead, in the language of docs/spec/handshakes.md."),
    NativeKey("settings", .map(.scalar), "What the profile's templates read, by name. Not secret."),
    NativeKey("verify_token", credentialShape, "The secret that a request must bring, where the profile asks for one."),
  ]

  private static let recipeKeys = [
    NativeKey("header", .text, required: true, "The header that carries the signature."),
    NativeKey("algorithm", .choice(["sha1", "sha256", "sha384", "sha512"]), "Hash of the HMAC; sha256 by default."),
    NativeKey("digest", .choice(["hex", "base64"]), "How the MAC is written; hex by default."),
    NativeKey("prefix", .text, "Text before the digest, compared exactly."),
    NativeKey("signed_headers", .list(.text), "Headers whose values stand before the body, in this order."),
    NativeKey("patterns", .map(.text), "The form of a signed header's value, by header."),
    NativeKey(
      "framing", .choice(["none", "lengths"]), "lengths: names and lengths are signed as well; none by default."),
  ]

  private static let credentialKeys = [
    NativeKey("secret", .text, "A field of the key/value store: kv/PATH#FIELD."),
    NativeKey("sealed", .boolean, "true: entered with chancery set (as when the key is left out)."),
  ]

  private static let variableKeys = [
    NativeKey(
      "type", .choice(["object", "array", "string", "integer", "decimal", "boolean", "datetime"]),
      "Values must convert to it."),
    NativeKey("default", .anyJSON, "What it holds when nothing else sets it."),
    NativeKey("secret", .text, "Holds a field of the key/value store: kv/PATH#FIELD."),
    NativeKey("sealed", .boolean, "true: the value is entered with chancery set."),
    NativeKey("encrypt", .boolean, "Sealed, hidden, and what uses it loses headers and body in the log."),
    NativeKey("hosts", .list(.text), "encrypt: hosts that the value may be sent to."),
    NativeKey("from", .text, "Where it is taken from when a run starts: a path or text with <<placeholders>>."),
    NativeKey("value_mappings", valueMappingsShape, "Texts that become others when a value is set."),
    NativeKey("persist", .boolean, "Keep the last value for the next run."),
    NativeKey("input", .boolean, "true: a runbook that starts this one may set it, whatever value it has of its own."),
    vendorKey,
  ]

  private static let bindingKeys = [
    NativeKey("from", .text, "A path, or text with <<placeholders>>; this or `object`."),
    NativeKey("object", bindingsShape, "The value is an object of these fields: KEY: response^path!."),
    NativeKey(
      "append", .boolean, "outputs: the value becomes the last element of the array that the variable holds."),
    NativeKey("default", .anyJSON, "The value where the path of `from` leads nowhere."),
    NativeKey(
      "type", .choice(["object", "array", "string", "integer", "decimal", "boolean", "datetime"]),
      "The value must convert to it."),
    NativeKey("value_mappings", valueMappingsShape, "Texts that become others."),
    vendorKey,
  ]

  private static let valueMappingKeys = [
    NativeKey("input", .scalar, required: true, "The text that is replaced."),
    NativeKey("output", .scalar, required: true, "The text that replaces it."),
  ]

  private static let limitKeys = [
    NativeKey("max_steps", .integer(1...1_000_000), "Step visits of one run."),
    NativeKey("max_visits", .integer(1...1_000_000), "Visits of one step in one run."),
    NativeKey("max_run_time", .duration, "From the first step to the end, waits included."),
    NativeKey(
      "max_parallel", .integer(1...10_000),
      "Runs under way at once, at most as many as the service lets a runbook have."),
  ]

  private static let stepKeys = [
    NativeKey("title", .text, "What people read; the name where there is none."),
    NativeKey("method", .text, "INTEGRATION/METHOD: send this request."),
    NativeKey(
      "outputs", bindingsShape,
      "method, sql: variables set after a successful answer, besides the method's own; iterate: from each element."),
    NativeKey("approval", .object(.approval), "method, sql: people who have to agree before the request leaves."),
    NativeKey("sql", .text, "The data source that `query` is sent to."),
    NativeKey("query", .text, "sql: one statement; each <<placeholder>> in it is sent as a parameter."),
    NativeKey(
      "encrypt_response", .boolean,
      "method, sql: seal the answer or the rows and everything taken from them, and keep them out of logs."),
    NativeKey(
      "on_interrupt", .choice(["fail", "retry"]), "sql: what to do when the service stopped while a change was out."),
    NativeKey(
      "timeout", .duration,
      "method: of one attempt, in the place of the method's own; sql: of the statement, where it is shorter."),
    NativeKey(
      "retry", .object(.retry),
      "method: when and how often a failed attempt is repeated, in the place of the method's own; sql: the same, of what "
        + "is safe to repeat."),
    NativeKey("iterate", .text, "An array: <<users>>; the steps up to `next` run for each of its elements."),
    NativeKey(
      "batch", .integer(1...IterationStep.largestBatch), "iterate: take so many elements at once, as an array."),
    NativeKey("next", .text, "The step that began the iteration: go on with its next element, or with `then`."),
    NativeKey("sleep", .duration, "Wait so long; a restart of the service does not reset it."),
    NativeKey("start_runbook", .text, "End this run and start the runbook of this id."),
    NativeKey("variables", bindingsShape, "start_runbook: variables of that runbook and what they begin with."),
    NativeKey(
      "condition", .oneOf([.object(.conditionRow), .list(.object(.conditionRow)), .object(.condition)]),
      "Rows that must all hold, or any: groups of rows."),
    NativeKey("end", .choice(EndResult.allCases.map(\.rawValue)), "Ends the run."),
    NativeKey("unsupported", .text, "What an import found and this release cannot run."),
    NativeKey("then", .oneOf([.text, .object(.edge)]), "The step after success, or after a condition that holds."),
    NativeKey(
      "else", .oneOf([.text, .object(.edge)]), "The step after failure, or after a condition that does not hold."),
    vendorKey,
  ]

  private static let approvalKeys = [
    NativeKey("required", .integer(1...20), "How many different people have to agree; 1 by default."),
    NativeKey("from", .list(.text), "Logins that may agree; without it everybody whose policy has approve here."),
    NativeKey("expires", .duration, "How long the question stands; 24h by default."),
  ]

  private static let edgeKeys = [
    NativeKey("step", .text, required: true, "The step that it leads to."),
    NativeKey("name", .text, "What the flow chart shows on the edge."),
  ]

  private static let conditionRowKeys = [
    NativeKey("left", .scalar, required: true, "A variable: severity, or <<severity>>; or text with <<placeholders>>."),
    NativeKey(
      "op", .choice(ConditionOperator.allCases.map(\.rawValue)), required: true, "How both sides are compared."),
    NativeKey(
      "right", .oneOf([.scalar, .list(.scalar)]),
      "A constant, <<variable>>, or text with <<placeholders>>; a list for in and not_in."),
    vendorKey,
  ]
}
