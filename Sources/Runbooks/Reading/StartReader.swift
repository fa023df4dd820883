import SourceText

/// Reads who may start a runbook.
enum StartReader {
  static func read(
    in object: ObjectReader, runbook: String, _ context: inout ReadingContext
  ) -> (access: StartAccess, schedules: [Schedule]) {
    guard let node = object.value("start") else { return (.internalOnly, []) }
    if let word = node.string {
      if word != "internal" { object.reportChoice("start", word, among: ["internal"], &context) }
      return (.internalOnly, [])
    }
    guard let start = ObjectReader(node, as: .start, part: "start", &context) else { return (.internalOnly, []) }
    let schedules = ScheduleReader.read(in: start, &context)
    guard start.has("public") else {
      if !start.has("schedule") {
        context.error(
          .missingKey, at: node.place, "`public` or `schedule` is missing here", remedy: "or write start: internal")
      }
      start.refuse(["encrypt_request", "inputs"], because: "there is no public endpoint", &context)
      return (.internalOnly, schedules)
    }
    return (publicStart(start, runbook: runbook, &context), schedules)
  }

  private static func publicStart(
    _ start: ObjectReader, runbook: String, _ context: inout ReadingContext
  ) -> StartAccess {
    guard let inner = start.value("public"),
      let reader = ObjectReader(inner, as: .publicStart, part: "start.public", &context)
    else { return .internalOnly }
    let timestampHeader = reader.text("timestamp_header", &context)
    if let timestampHeader {
      NameRules.checkHeader(
        timestampHeader, isReceived: true, at: reader.value("timestamp_header")?.place ?? inner.place, &context)
    }
    return .public(
      PublicStart(
        authentication: authentication(reader, runbook: runbook, &context), timestampHeader: timestampHeader,
        encryptRequest: start.bool("encrypt_request", &context) ?? false,
        inputs: BindingReader.read("inputs", in: start, &context), answer: answer(reader, &context),
        initialVerification: VerificationReader.read(reader, runbook: runbook, &context),
        remembersDeliveries: remembersDeliveries(reader, &context),
        rememberedLimit: reader.integer("replay_limit", &context)))
  }

  private static func remembersDeliveries(_ reader: ObjectReader, _ context: inout ReadingContext) -> Bool {
    guard let word = reader.text("replay", &context), word != "on" else { return true }
    if word != "off" { reader.reportChoice("replay", word, among: ["on", "off"], &context) }
    return word != "off"
  }

  private static func answer(_ reader: ObjectReader, _ context: inout ReadingContext) -> StartAnswer {
    guard let node = reader.value("answer") else { return .accepted }
    guard let answer = node.integer.flatMap({ StartAnswer(rawValue: Int(clamping: $0)) }) else {
      context.error(.badValue, at: node.place, "`answer` must be 200, 201, 202 or 204")
      return .accepted
    }
    return answer
  }

  private static func authentication(
    _ reader: ObjectReader, runbook: String, _ context: inout ReadingContext
  ) -> StartAuthentication {
    guard let kind = reader.text("auth", &context) else { return .unset("no authentication is set") }
    let used: [String]
    let result: StartAuthentication
    func credential(_ name: String) -> CredentialSource {
      let slot = SealedSlot.startCredential(runbook: runbook, name: name)
      return CredentialReader.read(name, in: reader, slot: slot, &context)
    }
    switch kind {
    case "none": (used, result) = ([], .none)
    case "bearer": (used, result) = ([], .bearer)
    case "basic":
      let username = IntegrationReader.required("username", in: reader, &context)
      (used, result) = (["username", "password"], .basic(username: username, password: credential("password")))
    case "signature":
      (used, result) = (
        SignatureReader.keys, .signature(SignatureReader.read(reader, runbook: runbook, &context))
      )
    case "http_signature":
      (used, result) = (
        ["http_signature"], .messageSignature(MessageSignatureReader.read(reader, runbook: runbook, &context))
      )
    case "header_secret":
      let header = IntegrationReader.required("header", in: reader, &context)
      if !header.isEmpty {
        NameRules.checkHeader(
          header, isReceived: true, at: reader.value("header")?.place ?? reader.node.place, &context)
      }
      (used, result) = (["header", "secret"], .headerSecret(header: header, secret: credential("secret")))
    case "uri_secret":
      let parameter = IntegrationReader.required("parameter", in: reader, &context)
      (used, result) = (["parameter", "secret"], .uriSecret(parameter: parameter, secret: credential("secret")))
    case "unset": (used, result) = (["description"], .unset(reader.text("description", &context) ?? ""))
    default:
      let words = ["none", "basic", "bearer", "signature", "http_signature", "header_secret", "uri_secret"]
      reader.reportChoice("auth", kind, among: words, &context)
      return .unset("no authentication is set")
    }
    let settings =
      ["username", "password", "header", "parameter", "secret", "description", "http_signature"] + SignatureReader.keys
    reader.refuse(
      settings.filter { !used.contains($0) }, because: "authentication `\(kind)` has no such setting", &context)
    return result
  }
}
