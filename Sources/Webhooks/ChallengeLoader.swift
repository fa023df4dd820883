import SourceText

/// Turns one entry of a file of profiles into a handshake profile. The language is docs/spec/handshakes.md.
enum ChallengeLoader {
  private static let profileFields = ["schemes", "settings", "every", "forms"]
  private static let formFields = [
    "method", "signed", "when", "expect", "token", "mac", "pin", "follow", "answer",
  ]
  private static let methods = ["GET", "POST", "PUT", "OPTIONS"]

  static func profile(named name: String, _ node: SourceNode) throws(SchemeFault) -> ChallengeProfile {
    let fields = try SchemeFields(node, of: "a handshake profile", allowing: profileFields + formFields)
    var schemes: [String] = []
    for element in try fields.elements("schemes") {
      guard let scheme = element.string, SignatureScheme.isSchemeName(scheme) else {
        throw SchemeFault(.schemeName, at: element.place)
      }
      schemes.append(scheme)
    }
    var settings: [(name: String, pattern: ValuePattern)] = []
    for (key, value) in try fields.members("settings") {
      let setting = key.text ?? ""
      guard isSettingName(setting) else { throw SchemeFault(.challenge(.settingName), at: key.place) }
      guard let text = value.string else {
        throw SchemeFault(.wrongKind(field: "settings", wanted: "a mapping of names to patterns"), at: value.place)
      }
      settings.append((setting, try SchemeLoader.pattern(text, at: value.place)))
    }
    let names = settings.map(\.name)
    let every = try conditions("every", in: fields, settings: names)
    var forms: [ChallengeProfile.Form] = []
    if fields.has("forms") {
      for field in formFields where fields.has(field) {
        throw SchemeFault(.challenge(.formCount), at: fields.place(of: field))
      }
      for element in try fields.elements("forms") {
        let inner = try SchemeFields(element, of: "a form of a handshake", allowing: formFields)
        forms.append(try form(inner, at: element.place, settings: names))
      }
    } else {
      forms = [try form(fields, at: node.place, settings: names)]
    }
    guard (1...WebhookLimits.challengeForms).contains(forms.count) else {
      throw SchemeFault(.challenge(.formCount), at: node.place)
    }
    return ChallengeProfile(name: name, schemes: schemes, forms: forms, every: every, settings: settings)
  }

  private static func form(
    _ fields: SchemeFields, at place: SourcePlace, settings: [String]
  ) throws(SchemeFault) -> ChallengeProfile.Form {
    let method = try fields.requiredText("method")
    guard methods.contains(method) else { throw SchemeFault(.challenge(.method), at: fields.place(of: "method")) }
    let form = ChallengeProfile.Form(
      method: method, isSigned: try fields.flag("signed"),
      when: try conditions("when", in: fields, settings: settings),
      expect: try conditions("expect", in: fields, settings: settings), token: try source("token", in: fields),
      mac: try mac(fields), pinsKey: try fields.flag("pin"), link: try source("follow", in: fields),
      answer: try answer(fields, at: place, settings: settings))
    do throws(ChallengeFault) {
      try check(form)
    } catch {
      throw SchemeFault(.challenge(error), at: place)
    }
    return form
  }

  private static func conditions(
    _ name: String, in fields: SchemeFields, settings: [String]
  ) throws(SchemeFault) -> [ChallengeProfile.Condition] {
    var result: [ChallengeProfile.Condition] = []
    for element in try fields.elements(name) {
      let inner = try SchemeFields(element, of: "a condition", allowing: SchemeLoader.sourceFields + ["equals"])
      var equals: ChallengeTemplate?
      if let text = try inner.text("equals") {
        equals = try located(at: inner.place(of: "equals")) { () throws(WebhookFault) in
          try ChallengeTemplate(text, settings: settings)
        }
      }
      if equals?.usesToken == true || equals?.usesMAC == true {
        throw SchemeFault(.challenge(.template("token or mac")), at: element.place)
      }
      // The secret is compared whole, by its digest: text around it would need a copy of it.
      if let equals, equals.usesSecret, equals.parts != [.verifyToken] {
        throw SchemeFault(.challenge(.template("verify_token beside other text")), at: element.place)
      }
      result.append(ChallengeProfile.Condition(source: try source(inner), equals: equals))
    }
    guard result.count <= WebhookLimits.schemeParts else {
      throw SchemeFault(.tooManyValues, at: fields.place(of: name))
    }
    return result
  }

  private static func source(_ name: String, in fields: SchemeFields) throws(SchemeFault) -> SchemeSource? {
    guard let node = fields.node(name) else { return nil }
    return try source(try SchemeFields(node, of: name, allowing: SchemeLoader.sourceFields))
  }

  private static func source(_ fields: SchemeFields) throws(SchemeFault) -> SchemeSource {
    let source = try SchemeLoader.source(fields)
    switch source.place {
    case .header, .query, .json: return source
    case .headerFamily, .config: throw SchemeFault(.challenge(.source), at: fields.place(of: "in"))
    }
  }

  private static func mac(_ fields: SchemeFields) throws(SchemeFault) -> ChallengeProfile.MAC? {
    guard let node = fields.node("mac") else { return nil }
    let inner = try SchemeFields(node, of: "mac", allowing: ["hash", "encoding"])
    guard let hash = try inner.word("hash", as: SignatureRecipe.Hash.self) else {
      throw SchemeFault(.missingField("hash"), at: node.place)
    }
    guard let encoding = try inner.word("encoding", as: SignatureRecipe.DigestForm.self) else {
      throw SchemeFault(.missingField("encoding"), at: node.place)
    }
    return ChallengeProfile.MAC(algorithm: hash, encoding: encoding)
  }

  private static func answer(
    _ fields: SchemeFields, at place: SourcePlace, settings: [String]
  ) throws(SchemeFault) -> ChallengeProfile.Answer {
    guard let node = fields.node("answer") else { throw SchemeFault(.missingField("answer"), at: place) }
    let inner = try SchemeFields(node, of: "answer", allowing: ["status", "headers", "text", "json"])
    func template(_ text: String, _ place: SourcePlace) throws(SchemeFault) -> ChallengeTemplate {
      let template = try located(at: place) { () throws(WebhookFault) in
        try ChallengeTemplate(text, settings: settings)
      }
      if template.usesSecret { throw SchemeFault(.challenge(.secretInAnswer), at: place) }
      return template
    }
    var headers: [(name: HeaderName, value: ChallengeTemplate)] = []
    for (key, value) in try inner.members("headers") {
      let name = try located(at: key.place) { () throws(WebhookFault) in try HeaderName(key.text ?? "") }
      guard !reservedAnswerHeaders.contains(name.text.lowercased()) else {
        throw SchemeFault(.challenge(.answerHeader(name.text)), at: key.place)
      }
      guard let text = value.string else {
        throw SchemeFault(.wrongKind(field: "headers", wanted: "a mapping of names to texts"), at: value.place)
      }
      guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        throw SchemeFault(.challenge(.answerHeader(name.text)), at: value.place)
      }
      headers.append((name, try template(text, value.place)))
    }
    guard !(inner.has("text") && inner.has("json")) else {
      throw SchemeFault(.challenge(.answerBody), at: node.place)
    }
    var body = ChallengeProfile.Answer.Body.empty
    if let text = try inner.text("text") { body = .text(try template(text, inner.place(of: "text"))) }
    if inner.has("json") {
      var members: [(name: String, value: ChallengeProfile.Answer.Member)] = []
      for (key, value) in try inner.members("json") {
        if let number = value.integer {
          members.append((key.text ?? "", .integer(number)))
        } else if let text = value.string {
          members.append((key.text ?? "", .text(try template(text, value.place))))
        } else {
          throw SchemeFault(
            .wrongKind(field: "json", wanted: "a mapping of names to texts and integers"), at: value.place)
        }
      }
      body = .json(members)
    }
    return ChallengeProfile.Answer(status: try inner.integer("status") ?? 200, headers: headers, body: body)
  }

  /// Headers that frame an answer, speak to browsers, or are ours.
  private static let reservedAnswerHeaders: Set<String> = [
    "content-type", "content-length", "content-encoding", "transfer-encoding", "connection", "trailer", "upgrade",
    "set-cookie", "location", "refresh", "link", "www-authenticate", "cache-control", "x-content-type-options", "date",
    "server", "access-control-allow-origin", "access-control-allow-credentials",
  ]

  private static func isSettingName(_ name: String) -> Bool {
    (1...32).contains(name.utf8.count) && !ChallengeTemplate.reservedNames.contains(name)
      && name.utf8.allSatisfy { byte in
        ByteClass.digits.contains(byte) || byte == UInt8(ascii: "_")
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      }
  }
}

extension ChallengeLoader {
  /// What must hold between the parts of a form.
  private static func check(_ form: ChallengeProfile.Form) throws(ChallengeFault) {
    let templates = form.answer.templates
    let echoes = templates.contains(where: \.usesToken)
    let answersMAC = templates.contains(where: \.usesMAC)
    guard [200, 201, 202, 204].contains(form.answer.status) else { throw .answerStatus }
    if form.answer.status == 204 {
      guard case .empty = form.answer.body else { throw .answerEmpty }
    }
    if echoes || form.mac != nil || form.pinsKey { guard form.token != nil else { throw .tokenMissing } }
    if form.token != nil, !echoes, form.mac == nil, !form.pinsKey { throw .tokenUnused }
    guard answersMAC == (form.mac != nil) else { throw .template("mac") }
    if form.method == "POST", form.token == nil, form.when.isEmpty { throw .nothingRecognised }
    if let token = form.token { try check(token.pattern.node, isUnderMAC: form.mac != nil) }
    if form.pinsKey { guard form.method == "POST", !form.isSigned, form.mac == nil else { throw .pin } }
    if let link = form.link {
      let prefix = Array("https://".utf8)
      let node = link.pattern.node
      guard form.isSigned, node.commonPrefix.starts(with: prefix), node.commonPrefix.count > prefix.count,
        node.maximumLength.map({ $0 <= WebhookLimits.challengeLinkBytes }) ?? false
      else { throw .link }
    }
  }

  private static func check(_ node: PatternNode, isUnderMAC: Bool) throws(ChallengeFault) {
    guard let length = node.maximumLength, length <= WebhookLimits.challengeTokenBytes else { throw .tokenForm }
    let alphabet = node.alphabet
    let isHarmless = (UInt8.min...UInt8.max).allSatisfy { byte in
      !alphabet.contains(byte) || ((0x20...0x7E).contains(byte) && !"<>\"'&`".utf8.contains(byte))
    }
    guard isHarmless else { throw .tokenAlphabet }
    guard isUnderMAC else { return }
    let isWord = (UInt8.min...UInt8.max).allSatisfy { byte in
      !alphabet.contains(byte) || ByteClass.digits.contains(byte) || "+/=_-".utf8.contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
    }
    guard isWord else { throw .macAlphabet }
  }
}

extension SchemeFields {
  /// A switch that is off when it is not there.
  func flag(_ name: String) throws(SchemeFault) -> Bool {
    guard let value = node(name) else { return false }
    guard let flag = value.bool else {
      throw SchemeFault(.wrongKind(field: name, wanted: "true or false"), at: value.place)
    }
    return flag
  }
}
