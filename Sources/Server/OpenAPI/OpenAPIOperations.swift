import Runbooks
import Storage

/// Every operation of the native API. A test holds the table against the table of routes: each route has its operation
/// here, and each operation its route.
enum OpenAPIOperations {
  static let all: [OpenAPIOperation] =
    starts + runbooks + integrations + schemes + versions + groups + values + runs + ledger + redaction + reveals + keys
    + accounts + mail + deletions + kept + retries + health

  static let byKey: [String: OpenAPIOperation] = Dictionary(
    all.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })

  /// What a placeholder stands for, by the segment before it and itself.
  static let placeholders: [String: (schema: OpenAPISchema, note: String)] = [
    "automation/{id}": (.text, "The runbook's id."),
    "runbooks/{id}": (.text, "The runbook's id or name; policies decide about the id."),
    "integrations/{id}": (.text, "The integration's id or name; policies decide about the id."),
    "groups/{name}": (.text, "The group's name."),
    "schemes/{id}": (.text, "The scheme's name."),
    "data_sources/{id}": (.text, "The data source's name."),
    "templates/{id}": (.text, "The template's name."),
    "runs/{id}": (.text, "The run's id."),
    "approvals/{id}": (.text, "The run's id."),
    "kv/{path}": (.text, "The secret's path below `kv/`; slashes are part of it."),
    "outbox/{id}": (.text, "The item's id."),
    "keys/{name}": (.text, "The key's name."),
    "reveals/{id}": (.text, "The request's id."),
    "methods/{integration}": (.text, "The integration's id or name; policies decide about the id."),
    "{integration}/{method}": (.text, "The method's name."),
    "methods/{method}": (.text, "The method's name."),
    "{method}/{kind}": (.oneOf(RowKind.allCases.map(\.rawValue)), "What kind of parameter it is."),
    "{kind}/{name}": (.text, "The parameter's name."),
    "variables/{name}": (.text, "The variable's name."),
    "kept/{name}": (.text, "The variable's name."),
    "auth/{name}": (.text, "The credential's name, as the document has it."),
  ]

  private static let starts: [OpenAPIOperation] = [
    OpenAPIOperation(
      "POST /api/automation/{id}", "startPublicly",
      "Start a runbook from outside, authenticated in the way that its `start.public` demands.",
      body: OpenAPIOperation.Body(
        contents: [.json(.anything), .form(.mapping(.either([.text, .list(.text)])))], isRequired: false),
      answers: [
        .json(200, "Started", "Started, where the runbook answers with 200."),
        .json(201, "Started", "Started, where the runbook answers with 201."),
        .json(202, "Started", "Started; the run is durable."),
        .noContent(
          "Started, where the runbook answers with 204.",
          headers: [OpenAPIOperation.Header(name: "Location", note: "Where the run can be read.")]),
        OpenAPIOperation.Answer(
          status: 401, note: "Not let in, whatever the reason.", contents: [.json(.named("Errors"))],
          headers: [OpenAPIOperation.Header(name: "WWW-Authenticate", note: "One challenge for all.")]),
      ], problems: [400, 405, 409, 413, 429, 500, 503])
  ]

  private static let runbooks: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/runbooks", "listRunbooks", "List runbooks.",
      queries: [OpenAPIOperation.Query(name: "group", schema: .text, note: "Those of this group alone.")],
      answers: [.json("RunbookList", "All runbooks.")]),
    OpenAPIOperation(
      "GET /api/runbooks/{id}", "readRunbook", "Read a runbook with its grants and its document.",
      answers: [.json("Runbook", "The runbook.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/start", "startRunbook", "Start a runbook.", body: .optional("StartRequest"),
      answers: [.json(202, "Started", "The run is durable.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/enable", "enableRunbook", "Let a runbook start again.",
      answers: [.json("RunbookSwitched", "It can be started.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/disable", "disableRunbook", "Keep a runbook from starting.",
      answers: [.json("RunbookSwitched", "It cannot be started.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/await", "awaitKey",
      "Let a runbook's endpoint take the key that its sender's handshake brings, for ten minutes and once.",
      answers: [.json("KeyAwaited", "It waits.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/grants", "grantRunbook",
      "Grant a runbook the secrets and operations of named keys that it uses now, for the hosts that it calls now.",
      body: .optional("GrantRequest"),
      answers: [.json("GrantResult", "The grants that were given.")]),
    OpenAPIOperation(
      "POST /api/import", "importDocuments", "Import documents: all files together, or nothing of them.",
      body: .required("ImportRequest"), answers: [.json("ImportResult", "What the import did.")],
      problems: OpenAPIProblems.usual + [422]),
  ]

  private static let integrations: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/integrations", "listIntegrations", "List integrations.",
      answers: [.json("IntegrationList", "All integrations.")]),
    OpenAPIOperation(
      "GET /api/integrations/{id}", "readIntegration",
      "Read an integration with its document and the state of its write-only values.",
      answers: [.json("Integration", "The integration.")]),
    OpenAPIOperation(
      "POST /api/integrations/{id}/authorize", "beginAuthorization",
      "Begin the authorisation of an integration by a person (OAuth 2 with the grant authorization_code).",
      answers: [.json("AuthorizationBegun", "What that person opens in a browser.")]),
    OpenAPIOperation(
      "POST /api/integrations/{id}/authorized", "finishAuthorization",
      "Finish it with the address that the browser was sent to.", body: .required("AuthorizationRedirect"),
      answers: [.noContent("The integration has a token.")]),
    OpenAPIOperation(
      "POST /api/methods/{integration}/{method}/test", "testMethod",
      "Send a method's real request outside a run, and read the answer as a log would show it.",
      body: .optional("MethodTestRequest"), answers: [.json("MethodTested", "What came of it.")]),
  ]

  private static let schemes: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/schemes", "listSchemes", "List the signature schemes that public starts can use.",
      answers: [.json("SchemeList", "All schemes, ours and the installation's own.")]),
    OpenAPIOperation(
      "GET /api/schemes/{id}", "readScheme", "Read a signature scheme with what it warns of, and its document.",
      answers: [.json("Scheme", "The scheme.")]),
  ]

  private static let values: [OpenAPIOperation] =
    value("/api/runbooks/{id}/variables/{name}", "Variable", "an encrypted variable of a runbook")
    + value("/api/runbooks/{id}/auth/{name}", "StartCredential", "a credential of a public start")
    + value("/api/integrations/{id}/auth/{name}", "IntegrationCredential", "a credential of an integration")
    + value(
      "/api/integrations/{id}/methods/{method}/{kind}/{name}", "MethodParameter", "an encrypted parameter of a method")

  /// The three operations of a write-only value.
  private static func value(_ pattern: String, _ id: String, _ what: String) -> [OpenAPIOperation] {
    [
      OpenAPIOperation(
        "PUT \(pattern)", "enter\(id)", "Enter \(what); nothing reads it back.", body: .required("Value"),
        answers: [.noContent("Entered.")]),
      OpenAPIOperation(
        "POST \(pattern)", "enter\(id)ByPost", "The same as PUT: enter \(what).", body: .required("Value"),
        answers: [.noContent("Entered.")]),
      OpenAPIOperation(
        "DELETE \(pattern)", "clear\(id)", "Clear \(what).", answers: [.noContent("Cleared.")]),
    ]
  }

  private static let runs: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/runs", "listRuns", "List runs, the newest first.",
      queries: [
        OpenAPIOperation.Query(
          name: "runbook", schema: .text,
          note: "Runs of this runbook only, by id or name; of a deleted one, by its id."),
        OpenAPIOperation.Query(
          name: "state", schema: .oneOf(StoredRunState.allCases.map(\.rawValue)), note: "Runs in this state only."),
        OpenAPIOperation.Query(
          name: "trigger", schema: .oneOf(TriggerKind.allCases.map(\.rawValue)), note: "Runs that this started only."),
        OpenAPIOperation.Query(name: "paused", schema: .oneOf(["true"]), note: "Runs that are paused only."),
        OpenAPIOperation.Query(name: "reason", schema: .text, note: "Runs that failed with this word only."),
        OpenAPIOperation.Query(name: "step", schema: .text, note: "Runs that came to this step only."),
        OpenAPIOperation.Query(
          name: "text", schema: .text,
          note: "Runs whose log has all these words, as the caller may read it; needs `read` on `api/runs/*`."),
        OpenAPIOperation.Query(name: "since", schema: .time, note: "Runs that came from this time on only."),
        OpenAPIOperation.Query(name: "until", schema: .time, note: "Runs that came before this time only."),
        OpenAPIOperation.Query(
          name: "before", schema: .text, note: "Only runs before this one: `next` of the page before."),
        OpenAPIOperation.Query(
          name: "limit", schema: .integer(from: 1, through: Limits.page), note: "The most runs; 50 without it."),
      ], answers: [.json("RunPage", "A page of runs.")]),
    OpenAPIOperation(
      "GET /api/runs/{id}", "readRun", "Read a run.", answers: [.json("Run", "The run.")]),
    OpenAPIOperation(
      "GET /api/runs/{id}/log", "readLog", "Read a run's log, every secret masked or removed with the reason.",
      queries: [
        OpenAPIOperation.Query(
          name: "after", schema: .integer(from: 0), note: "Only lines with a greater `seq`; all without it."),
        OpenAPIOperation.Query(
          name: "follow", schema: .oneOf(["true"]),
          note: "Send further lines as they come, to the run's end; too many followers are told when to ask again."),
      ],
      answers: [
        .lines("LogLine", "The log. With `Accept: text/event-stream` as server-sent events, to the run's end."),
        .noContent("Of such events: nothing follows the one of `Last-Event-ID`."),
      ]),
    OpenAPIOperation(
      "GET /api/runs/{id}/tree", "readTree",
      "Read a run's log as a tree: visits of steps, attempts, requests, answers.",
      answers: [.json("RunTree", "The tree.")]),
    OpenAPIOperation(
      "GET /api/runs/{id}/receipt", "readReceipt",
      "Read the signed receipt of a run that has ended: steps, outcome, commitments to values, no value.",
      queries: [
        OpenAPIOperation.Query(
          name: "key", schema: .text, note: "A named key that signs it as well; needs `update` on its `sign`.")
      ],
      answers: [.text("The receipt, a signed note.")]),
    OpenAPIOperation(
      "DELETE /api/runs/{id}", "deleteRun", "Delete a run that has ended, and destroy its key.",
      answers: [.noContent("Deleted.")]),
    OpenAPIOperation(
      "POST /api/runs/{id}/cancel", "cancelRun", "End a run.",
      answers: [.json(202, "Cancelling", "The run ends, at the latest after the call that is out.")]),
    OpenAPIOperation(
      "GET /api/approvals/{id}", "readApproval", "Read what a run asks people to agree to; its log shows the request.",
      answers: [.json("Approval", "The open question.")]),
    OpenAPIOperation(
      "POST /api/approvals/{id}", "answerApproval", "Agree to the request that a run waits with, or refuse it.",
      body: .required("ApprovalAnswer"), answers: [.noContent("Recorded.")]),
  ]

  private static let redaction: [OpenAPIOperation] = [
    OpenAPIOperation(
      "POST /api/redact", "redact", "Mask the secrets that the token may read in a text.",
      body: .required("RedactRequest"), answers: [.json("Redacted", "The masked text.")])
  ]

  private static let reveals: [OpenAPIOperation] = [
    OpenAPIOperation(
      "POST /api/reveals/kv/{path*}", "revealSecret",
      "Have a secret of the key/value store shown, or ask a second person where the policies want one.",
      body: .required("RevealSecretOrder"),
      answers: [
        .json("RevealedSecret", "The value, this once."), .json(202, "RevealRequest", "A second person must consent."),
      ]),
    OpenAPIOperation(
      "POST /api/reveals/runs/{id}", "revealRunPart",
      "Have a part of a run's log shown, or ask a second person where the policies want one.",
      body: .required("RevealRunOrder"),
      answers: [
        .json("RevealedRunPart", "The value, this once."), .json(202, "RevealRequest", "A second person must consent."),
      ]),
    OpenAPIOperation(
      "GET /api/reveals", "listReveals", "List requests to have a value shown that have not expired.",
      answers: [.json("RevealList", "The requests.")]),
    OpenAPIOperation(
      "POST /api/reveals/{id}/consent", "consentToReveal", "Consent to another person's request.",
      answers: [.json("RevealRequest", "The request, consented to.")]),
    OpenAPIOperation(
      "POST /api/reveals/{id}/decline", "declineReveal", "Decline a request, or withdraw your own.",
      answers: [.json("RevealRequest", "The request, declined.")]),
  ]

  private static let ledger: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/ledger/head", "readLedgerHead", "Read the ledger's signed head.",
      answers: [.text("The newest head, as a signed note.")]),
    OpenAPIOperation(
      "GET /api/ledger/key", "readLedgerKey", "Read the public key that verifies the ledger's heads.",
      answers: [.text("The key and a line feed.")]),
    OpenAPIOperation(
      "GET /api/ledger/entries", "readLedgerEntries", "Read entries of the ledger, as they are hashed.",
      queries: [
        OpenAPIOperation.Query(
          name: "from", schema: .integer(from: 0), note: "The first entry's number, counted from 0; 0 without it."),
        OpenAPIOperation.Query(
          name: "limit", schema: .integer(from: 1, through: Limits.ledgerPage),
          note: "The most entries; 1000 without it."),
      ], answers: [.lines("LedgerEntry", "Entries in their order, each with its line feed.")]),
  ]

  private static let health: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /health", "readHealth", "Whether the service is there, and open.", answers: healthAnswers,
      problems: [400, 413]),
    OpenAPIOperation(
      "HEAD /health", "checkHealth", "The same as GET, without the body.",
      answers: healthAnswers.map { OpenAPIOperation.Answer(status: $0.status, note: $0.note, contents: []) },
      problems: [400, 413]),
    OpenAPIOperation(
      "GET /metrics", "readMetrics", "Read numbers in Prometheus' text format.", answers: [.text("The numbers.")]),
    OpenAPIOperation(
      "GET /api/openapi.json", "readDescription", "Read this description.",
      answers: [.json("Description", "The description, in OpenAPI 3.1.")]),
  ]

  private static let healthAnswers: [OpenAPIOperation.Answer] = [
    .json(200, "Health", "Open."), .json(501, "Health", "Not initialised."), .json(503, "Health", "Sealed."),
  ]
}
