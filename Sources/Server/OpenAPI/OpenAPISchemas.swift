import Ledger
import Storage

/// `components.schemas`: what the handlers of the native API write and read, key by key. Whoever changes a handler's
/// answer changes it here; Tests/Black/openapi.py holds live answers against it.
enum OpenAPISchemas {
  /// Every schema that `.named` may name, in the order of the description.
  static let named: [(name: String, schema: OpenAPISchema)] = own + versions + keys + accounts + mail + trees + retries

  private static let own: [(name: String, schema: OpenAPISchema)] = [
    ("Problem", problem), ("Errors", errors), ("Health", health), ("RunbookSummary", .object(runbookKeys)),
    ("RunbookList", runbookList), ("Runbook", runbook), ("RunbookGrant", runbookGrant),
    ("RunbookHandshake", runbookHandshake), ("KeyAwaited", keyAwaited),
    ("RunbookSwitched", runbookSwitched), ("StartRequest", startRequest), ("Started", started), ("Grant", grant),
    ("GrantRequest", grantRequest), ("GrantResult", grantResult), ("ImportRequest", importRequest),
    ("ImportResult", importResult), ("Imported", imported), ("MissingValue", missingValue),
    ("SuspendedGrant", suspendedGrant), ("IntegrationSummary", .object(integrationKeys)),
    ("IntegrationAuthorization", integrationAuthorization),
    ("SchemeList", schemeList), ("SchemeSummary", .object(schemeKeys)), ("Scheme", scheme),
    ("SchemeWarning", schemeWarning), ("IntegrationList", integrationList), ("Integration", integration),
    ("SealedParameter", sealedParameter), ("AuthorizationBegun", authorizationBegun),
    ("AuthorizationRedirect", authorizationRedirect), ("MethodTestRequest", methodTestRequest),
    ("MethodTested", methodTested), ("MethodTestOutput", methodTestOutput),
    ("Value", value), ("Run", run), ("RunWait", runWait), ("RunPage", runPage), ("Cancelling", cancelling),
    ("Approval", approval),
    ("ApprovalAnswer", approvalAnswer),
    ("LogLine", logLine), ("LogMessage", logMessage), ("LogRequest", logRequest), ("LogResponse", logResponse),
    ("LogHeaders", logHeaders), ("LedgerEntry", ledgerEntry), ("LedgerActor", ledgerActor),
    ("Description", description), ("RedactRequest", redactRequest), ("Redacted", redacted),
    ("RevealSecretOrder", revealSecretOrder), ("RevealRunOrder", revealRunOrder),
    ("RevealedSecret", revealedSecret), ("RevealedRunPart", revealedRunPart), ("RevealRequest", revealRequest),
    ("ReceiptOpening", receiptOpening), ("RevealList", revealList),
  ]

  // MARK: Faults and health

  private static let problem: OpenAPISchema = .object([
    .always("type", .oneOf(["about:blank"])),
    .always("title", .text),
    .always("status", .integer(from: 400, through: 599), "The status of the answer."),
    .always("detail", .text, "What is wrong, and what helps."),
    .sometimes("field", .text, "Which part of the request is wrong."),
    .sometimes("faults", .list(.text), "Faulty documents: `file:line:column: error: …`."),
  ])

  private static let errors: OpenAPISchema = .object([.always("errors", .list(.text))])

  private static let health: OpenAPISchema = .object([.always("initialized", .flag), .always("sealed", .flag)])

  // MARK: Runbooks

  private static let secretPath =
    "The secret's path, or `(own methods)`: what the runbook's own calls bring back encrypted."

  private static let runbookKeys: [OpenAPISchema.Member] = [
    .always("id", .text),
    .always("name", .text),
    .always("group", .orNull(.text)),
    .always("is_active", .flag, "Whether it can be started."),
    .always("is_paused", .flag, "Whether its runs wait until somebody resumes it."),
    .always("revision", .integer(from: 0)),
    .always("updated_at", .time),
    .always("start", .oneOf(["internal", "public"])),
    .sometimes("start_url", .text, "Where it is started from outside, if it is public."),
    .sometimes("handshake", .named("RunbookHandshake"), "The handshake that its public start answers, if it has one."),
    .sometimes(
      "disabled_after_failures", .integer(from: 1),
      "So many runs failed in a row, at which `disable_after` disabled it; gone once it is enabled."),
    .sometimes("endpoint_fault", .text, "Why its public start refuses everything now."),
    .sometimes("endpoint_notes", .list(.text), "What its operator should know of its public start."),
    .sometimes("deliveries_kept", .integer(from: 0), "Names of deliveries that are kept for its keys."),
    .sometimes("deliveries_limit", .integer(from: 1), "The most that are kept; at it further ones are refused."),
  ]

  private static let runbookHandshake: OpenAPISchema = .object([
    .always("profile", .text, "The profile's name; `own` for one that the runbook holds."),
    .always("other_methods", .list(.text), "Methods beside POST that are answered, for handshakes only."),
    .always("awaits_key", .flag, "Whether the endpoint waits for the key of its sender's handshake."),
  ])

  private static let keyAwaited: OpenAPISchema = .object([.always("awaits_key_until", .time)])

  private static let runbookList: OpenAPISchema = .object([
    .always("runbooks", .list(.named("RunbookSummary"))), unreadableDocuments,
  ])

  static let unreadableDocuments: OpenAPISchema.Member = .sometimes(
    "unreadable",
    .list(
      .object([
        .always("id", .text),
        .always("name", .text),
        .always("revision", .integer(from: 0)),
        .always("updated_at", .time),
        .always("reason", .text, "Why it cannot be read, as a clause."),
      ])),
    "Saved documents that cannot be read, where there are any: nothing is run of them, and they can be deleted, rolled back "
      + "and imported over.")

  private static let runbookFurtherKeys: [OpenAPISchema.Member] = [
    .always("grants", .list(.named("RunbookGrant"))),
    .always("document", .open([]), "The document as it is stored, sealed values left out."),
  ]

  private static let runbook: OpenAPISchema = .object(runbookKeys + runbookFurtherKeys)

  private static let runbookGrant: OpenAPISchema = .object([
    .always("secret", .text, secretPath),
    .always("hosts", .list(.text), "Where the runbook may send it."),
    .always(
      "state", .oneOf(["active", "suspended"]), "Suspended: the steps or methods changed since; grant it again."),
  ])

  private static let runbookSwitched: OpenAPISchema = .object([.always("id", .text), .always("is_active", .flag)])

  private static let startRequest: OpenAPISchema = .object([
    .sometimes("payload", .anything, "What stands for the body of a request that starts the runbook.")
  ])

  private static let started: OpenAPISchema = .object([
    .always("run_id", .text),
    .always("url", .text, "Where the run can be read."),
    .sometimes("duplicate", .yes, "The delivery came before; this is the run that it started then."),
  ])

  private static let grant: OpenAPISchema = .object([
    .always("runbook", .text, "The runbook's id."),
    .always("secret", .text, secretPath),
    .always("hosts", .list(.text), "Where the value can go: what the grant pins and the secret itself allows."),
  ])

  private static let grantRequest: OpenAPISchema = .object([
    .sometimes(
      "secret", .text,
      "The one secret to grant, or the one operation of a key (`keys/NAME#OPERATION`); without it, all that it uses.")
  ])

  private static let grantResult: OpenAPISchema = .object([.always("granted", .list(.named("Grant")))])

  // MARK: Import

  private static let importRequest: OpenAPISchema = .object([
    .always(
      "files",
      .list(
        .object([
          .always("name", .text, "The file's name, for faults."),
          .always("text", .text, "Native YAML or JSON, or the vendor's JSON."),
        ]), from: 1)),
    .sometimes("into", .text, "The runbook, by id or name, whose content the file's runbook replaces."),
  ])

  private static let importResult: OpenAPISchema = .object([
    .always("imported", .list(.named("Imported"))),
    .always("warnings", .list(.text), "`file:line:column: warning: …`"),
    .always("missing", .list(.named("MissingValue")), "What must be entered before the documents can run."),
    .always("granted", .list(.named("Grant"))),
    .always("suspended", .list(.named("SuspendedGrant")), "What somebody with the capability `grant` must grant."),
  ])

  private static let imported: OpenAPISchema = .object([
    .always("kind", .oneOf(DocumentKind.allCases.map(\.rawValue))),
    .always("id", .text),
    .always("name", .text),
    .always("revision", .integer(from: 0)),
    .sometimes("start_url", .text, "Where a runbook that is public is started from outside."),
    .sometimes("endpoint_fault", .text, "Instead: why its public start refuses everything now."),
  ])

  private static let missingValue: OpenAPISchema = .object([
    .always("command", .text, "The command that enters it, or that authorises an integration."),
    .sometimes("bound_to", .text, "What the value that was entered is bound to; with `url` only."),
    .sometimes("url", .text, "What it would be bound to now."),
    .sometimes("detail", .text, "Of an integration that a person has to authorise: why."),
  ])

  private static let suspendedGrant: OpenAPISchema = .object([
    .always("runbook", .text, "The runbook's id."), .always("secret", .text, secretPath),
  ])

  // MARK: Integrations and write-only values

  private static let integrationKeys: [OpenAPISchema.Member] = [
    .always("id", .text),
    .always("name", .text),
    .always("base_url", .text),
    .always("revision", .integer(from: 0)),
    .always("updated_at", .time),
    .sometimes("authorization", .named("IntegrationAuthorization"), "Where a person has to authorise it."),
  ]

  private static let integrationAuthorization: OpenAPISchema = .object([
    .always(
      "state", .oneOf(["authorized", "missing", "changed", "over"]),
      "`missing`: nobody has said yes, or the server has taken back what it gave. `changed`: base_url, trust or auth is "
        + "another one since. `over`: the token is over and cannot be renewed."),
    .sometimes("token_at", .time, "When the token came that is used: at a person's yes, or renewed since."),
    .sometimes("command", .text, "With another state than `authorized`: what authorises it."),
    .sometimes("detail", .text, "With another state than `authorized`: why a person has to say yes."),
  ])

  private static let schemeKeys: [OpenAPISchema.Member] = [
    .always("name", .text),
    .always("title", .text, "The sender's name; empty where nobody gave one."),
    .always("origin", .oneOf(["built-in", "own"])),
    .always("algorithm", .text),
    .always("is_recipe", .flag, "Whether it is a recipe; what is shown is its defaults."),
    .always("is_usable", .flag, "Whether every warning has been accepted."),
    .sometimes("revision", .integer(from: 1), "Of an own scheme."),
    .sometimes("updated_at", .time, "Of an own scheme."),
  ]

  private static let schemeList: OpenAPISchema = .object([
    .always("schemes", .list(.named("SchemeSummary"))), unreadableDocuments,
  ])

  private static let schemeWarning: OpenAPISchema = .object([
    .always("code", .text), .always("message", .text), .always("is_accepted", .flag),
  ])

  private static let schemeFurtherKeys: [OpenAPISchema.Member] = [
    .always("page", .text, "The address of the sender's own description."),
    .always("key", .text, "Where the key comes from."),
    .always("key_encoding", .orNull(.text), "How keys are written, where the scheme says so."),
    .always("notes", .list(.text)),
    .always("settings", .list(.text), "Settings that an endpoint must have."),
    .always("remarks", .list(.text), "What follows for remembering deliveries."),
    .always("warnings", .list(.named("SchemeWarning"))),
    .always("document", .open([]), "The scheme as a document."),
  ]

  private static let scheme: OpenAPISchema = .object(schemeKeys + schemeFurtherKeys)

  private static let integrationList: OpenAPISchema = .object([
    .always("integrations", .list(.named("IntegrationSummary"))), unreadableDocuments,
  ])

  private static let integrationFurtherKeys: [OpenAPISchema.Member] = [
    .always("parameters", .list(.named("SealedParameter")), "Its write-only values, without the values."),
    .always("document", .open([]), "The document as it is stored, sealed values left out."),
  ]

  private static let integration: OpenAPISchema = .object(integrationKeys + integrationFurtherKeys)

  private static let authorizationBegun: OpenAPISchema = .object([
    .always("url", .text, "To be opened in a browser."),
    .always("expires_in", .integer(from: 1), "Seconds within which it must be finished."),
  ])

  private static let authorizationRedirect: OpenAPISchema = .object([
    .always("redirect", .text, "The address that the browser was sent to, or its query.")
  ])

  private static let methodTestRequest: OpenAPISchema = .object([
    .sometimes(
      "variables", .mapping(.anything), "JSON values by the first word of the placeholder: `ticket` for `ticket^id`."),
    .sometimes("secret_variables", .mapping(.text), "Texts that are masked wherever they are shown."),
  ])

  private static let methodTestOutput: OpenAPISchema = .object([
    .always("name", .text), .always("value", .text, "As the viewer may see it."),
    .always("origins", .list(.text), "What makes it secret, in words."),
  ])

  private static let methodTested: OpenAPISchema = .object([
    .sometimes("status", .integer(from: 100, through: 999), "Where an answer came."),
    .sometimes("duration_ms", .integer(from: 0)),
    .sometimes("headers", .text, "A JSON object, as the viewer may see it."),
    .sometimes("body", .text, "As the viewer may see it; not with `encrypt_response`."),
    .sometimes("shape", .text, "With `encrypt_response`: names and types."),
    .always("outputs", .list(.named("MethodTestOutput"))),
    .sometimes("failure", .text, "The word of the failure edge."),
    .sometimes("sentence", .text, "What happened and what helps."),
  ])

  private static let sealedParameter: OpenAPISchema = .object([
    .always("command", .text, "The command that enters it."),
    .always("state", .oneOf(["missing", "entered", "url-changed"])),
    .sometimes("detail", .text, "With `url-changed`: from which URL to which."),
  ])

  private static let value: OpenAPISchema = .object([.always("value", .filled, "Entered, and never read again.")])

  // MARK: Runs

  private static let states = StoredRunState.allCases.map(\.rawValue)
  private static let triggers = TriggerKind.allCases.map(\.rawValue)

  private static let run: OpenAPISchema = .object([
    .always("id", .text),
    .always("runbook_id", .text),
    .always("runbook", .orNull(.text), "The runbook's name; null where it is gone."),
    .always("state", .oneOf(states)),
    .always(
      "trigger", .oneOf(triggers),
      "`public`: a request at the public start; `api`: somebody with a token; `schedule`: its own schedule."),
    .always("created_at", .time),
    .always("started_at", .orNull(.time)),
    .always("ended_at", .orNull(.time)),
    .always("retry_of", .orNull(.text), "The run that this one repeats."),
    .always("is_dry", .flag, "Whether nothing of it left the service: it shows what would."),
    .always("steps", .integer(from: 0), "Steps executed so far."),
    .always("paused_at", .orNull(.time), "Since when it is paused by itself; null where it is not."),
    .always("paused_by", .orNull(.text), "Who paused it."),
    .always("waiting", .orNull(.named("RunWait"))),
    .always("failure", .orNull(.text), "The word of the reason, where the run failed."),
    .always("duration_ms", .orNull(.integer(from: 0)), "From the first step to the end, or to now."),
    .always("warnings", .list(.text), "What anybody who looks at it should know; they stand while it still runs."),
  ])

  private static let runWait: OpenAPISchema = .object([
    .always("reason", .oneOf(RunWait.Reason.allCases.map(\.rawValue) + ["disabled", "paused"])),
    .always(
      "until", .orNull(.time),
      "Null where nobody knows: it waits for somebody to enable or resume the runbook, or to resume the run."),
  ])

  private static let runPage: OpenAPISchema = .object([
    .always("runs", .list(.named("Run")), "The newest first."),
    .always("next", .orNull(.text), "`before` of the next page; null on the last one."),
  ])

  private static let cancelling: OpenAPISchema = .object([.always("run_id", .text)])

  private static let approval: OpenAPISchema = .object([
    .always("run_id", .text), .always("runbook_id", .text), .always("step", .text), .always("until", .time),
    .always("required", .integer(from: 1), "How many different logins have to agree."),
    .always("given", .list(.text), "Those who have."),
    .always("commitment", .text, "Names the very request; an answer carries it."),
    .always("attempts", .integer(from: 1), "How often the request may leave under one approval."),
  ])

  private static let approvalAnswer: OpenAPISchema = .object([
    .always("answer", .oneOf(["approve", "refuse"])), .always("commitment", .text, "As GET gave it."),
  ])

  // MARK: Redaction

  private static let redactRequest: OpenAPISchema = .object([.always("text", .text, "What is to be masked.")])

  private static let redacted: OpenAPISchema = .object([
    .always("text", .text, "The text with every known secret masked, in any form."),
    .always("secrets", .integer(from: 0), "How many secrets were searched for: those that the token may read."),
  ])

  // MARK: Reveal

  private static let revealGrounds: [OpenAPISchema.Member] = [
    .sometimes("reason", .filled, "Why, in one line: it stands in the ledger. This or `request`."),
    .sometimes("request", .filled, "A request that a second person consented to."),
  ]

  private static let revealSecretOrder: OpenAPISchema = .object(
    revealGrounds + [.sometimes("field", .orNull(.text), "One field; all of the secret without it.")])

  private static let revealRunOrder: OpenAPISchema = .object(
    revealGrounds + [
      .always("seq", .integer(from: 1), "The number of a line of the run's log."),
      .always("part", .filled, "What the line calls it, such as `response.body` or `variables.NAME`."),
      .sometimes(
        "as", .oneOf(["text", "bytes", "opening"]),
        "`bytes`: as they are, where nothing in them must be masked; `opening`: with the salt of the receipt's commitment."
      ),
    ])

  private static let revealedSecret: OpenAPISchema = .object([
    .always("version", .integer(from: 1)), .always("value", .anything, "The fields, or the one that was asked for."),
  ])

  private static let revealedRunPart: OpenAPISchema = .object([
    .always("seq", .integer(from: 1)),
    .sometimes("value", .text, "What answers and the starting request brought; all else is still masked."),
    .sometimes("base64", .text, "In place of `value`: the bytes that were asked for."),
    .sometimes("opening", .named("ReceiptOpening"), "In place of `value`: what opens the commitment of the receipt."),
  ])

  private static let receiptOpening: OpenAPISchema = .object([
    .always("run", .text), .always("seq", .integer(from: 1), "The event."),
    .always("name", .text, "What the receipt calls the value."),
    .always("salt", .text, "32 bytes in hexadecimal."), .always("base64", .text, "The value."),
  ])

  private static let revealRequest: OpenAPISchema = .object([
    .always("request", .text, "Its id."),
    .always("path", .text, "What policies were asked about: the secret's, or the run's."),
    .always("version", .integer(from: 0), "Of the secret; of a run the number of the line."),
    .always("part", .orNull(.text)),
    .always("requester", .text, "The entity that asked."),
    .always("reason", .text),
    .always("state", .oneOf(["waiting", "consented", "declined", "shown"])),
    .always("second_person", .orNull(.text), "The entity that consented or declined."),
    .always("requested_at", .time),
    .always("expires_at", .time),
  ])

  private static let revealList: OpenAPISchema = .object([.always("reveals", .list(.named("RevealRequest")))])

  // MARK: Logs

  private static let events = [
    "admitted", "started", "start-failed", "condition-decided", "call-intended", "call-answered", "call-failed",
    "condition-failed", "wait-elapsed", "performed", "step-failed", "iteration-began", "iteration-advanced",
    "handed-over", "approval-asked", "approval-given", "approval-refused", "retried", "restarted", "cancelled", "ended",
    "present",
  ]

  /// What a run waits for by itself.
  static let waits = RunWait.Reason.allCases.map(\.rawValue)

  static let logEvents = events.filter { $0 != "present" }
  static let logStates = states
  static let logTriggers = triggers

  private static let logLine: OpenAPISchema = .object([
    .always("seq", .integer(from: 1), "Of `present`, which is no part of the history, that of the line before."),
    .always("time", .time),
    .always("run", .text, "The run's id."),
    .always("event", .oneOf(events)),
    .sometimes("step", .text),
    .sometimes("title", .text, "The step's title, where it has one."),
    .sometimes("visit", .integer(from: 1), "How often the run has come to the step."),
    .sometimes("attempt", .integer(from: 1), "How often this visit has tried."),
    .sometimes("trigger", .oneOf(triggers)),
    .sometimes("met", .flag, "Whether the condition holds."),
    .sometimes("waited_for", .oneOf(waits), "Which wait is over."),
    .sometimes("waiting", .oneOf(waits), "What a run that has not ended waits for."),
    .sometimes("until", .time),
    .sometimes("reason", .text, "The word of a failure's reason."),
    .sometimes("detail", .text, "The same as a sentence."),
    .sometimes("request", .either([.named("LogRequest"), .named("LogMessage")]), "What was sent, or what came in."),
    .sometimes("query", .text, "The query that came in, as JSON text."),
    .sometimes("response", .named("LogResponse")),
    .sometimes("variables", .mapping(.text), "Variables that were set, masked."),
    .sometimes("retry_of", .text, "The run that this one repeats."),
    .sometimes("retries", .list(.text), "The runs that repeat this one."),
    .sometimes("dry_run", .yes, "Nothing of this run left the service."),
    .sometimes("count", .integer(from: 0), "How many elements an iteration has."),
    .sometimes("element", .text, "The element of an iteration, masked."),
    .sometimes("other_run", .text, "The run that was started, or that this one comes from."),
    .sometimes("login", .text, "Who agreed or refused."),
    .sometimes("commitment", .text, "Names the request that people are asked about: an answer has to carry it."),
    .sometimes("warning", .text),
    .sometimes("again_ms", .integer(from: 1), "Of `present`: too many follow logs; ask again after so long."),
    .sometimes("state", .oneOf(states)),
    .sometimes("steps", .integer(from: 0)),
    .sometimes("duration_ms", .integer()),
  ])

  private static let logMessage: OpenAPISchema = .object([
    .always("headers", .named("LogHeaders")), .always("body", .text, "Masked, or removed with the reason."),
  ])

  private static let logRequest: OpenAPISchema = .object([
    .always("method", .text),
    .always("url", .text),
    .always("headers", .named("LogHeaders")),
    .sometimes("body", .text, "Masked, or removed with the reason."),
  ])

  private static let logResponse: OpenAPISchema = .object([
    .always("status", .integer(from: 100, through: 999)),
    .always("duration_ms", .integer()),
    .always("headers", .named("LogHeaders")),
    .always("body", .text, "Masked, or removed with the reason."),
  ])

  /// Pairs of name and value, or the reason why they were removed.
  private static let logHeaders: OpenAPISchema = .either([.list(.list(.text, from: 2, through: 2)), .text])

  // MARK: Ledger

  private static let ledgerEntry: OpenAPISchema = .object([
    .always("seq", .integer(from: 0)),
    .always("time", .time),
    .always("prev", .text, "The leaf hash of the entry before, in base64."),
    .always("kind", .oneOf(LedgerKind.allCases.map(\.rawValue))),
    .always("actor", .named("LedgerActor")),
    .always("action", .text),
    .always("subject", .text),
    .always("outcome", .text),
    .sometimes("commitment", .text, "32 bytes in hex."),
    .sometimes("join", .text, "The id that joins an intent with its outcome."),
    .sometimes("detail", .open([]), "Further facts, by kind."),
  ])

  private static let ledgerActor: OpenAPISchema = .object([
    .always("type", .oneOf(["entity", "run", "runbook", "endpoint", "seal", "service"])),
    .sometimes("id", .text),
    .sometimes("accessor", .text, "A keyed hash in hex."),
  ])

  // MARK: This description

  private static let description: OpenAPISchema = .open([
    .always("openapi", .text), .always("info", .open([])), .always("paths", .open([])),
  ])
}
