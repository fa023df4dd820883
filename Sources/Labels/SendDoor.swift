package import Destinations
import Encodings
import MessageSignatures

/// The door to the wire. It lets a request out only with the proof that its destination was checked, only to hosts
/// that every value in it may be sent to, and it is the only place where parameters bound to a URL are opened.
package struct SendDoor: Sendable {
  private let parameters: BoundParameters

  package init(_ parameters: BoundParameters) { self.parameters = parameters }

  /// Opens `request` for `dial`. Everything that was opened here is made known to `registry`, so that the answer and
  /// the log are searched for it.
  ///
  /// Nothing was sent when this refuses, and a refusal holds no content.
  package func open(
    _ request: RenderedRequest, for dial: borrowing AllowedDial, registry: inout SecretRegistry
  ) -> Result<SendableRequest, DoorRefusal> {
    do throws(DoorRefusal) {
      var assembly = RequestAssembly(request, dial: copy dial, parameters: parameters)
      let result = try assembly.finish()
      for opened in assembly.opened { registry.learn(opened) }
      return .success(result)
    } catch {
      return .failure(error)
    }
  }
}

/// One request on its way out.
private struct RequestAssembly {
  let request: RenderedRequest
  let dial: AllowedDial
  let parameters: BoundParameters
  /// The bound values that were opened for it.
  private(set) var opened: [LabeledText] = []
  private var uses: [ValueUse]

  init(_ request: RenderedRequest, dial: AllowedDial, parameters: BoundParameters) {
    self.request = request
    self.dial = dial
    self.parameters = parameters
    self.uses = request.urlUses
  }

  /// A value to be written, and what the log keeps in its place.
  struct Written {
    let name: String
    let value: LabeledText
    let recorded: LabeledText
  }

  mutating func finish() throws(DoorRefusal) -> SendableRequest {
    let target = try parsed(request.target)
    guard dial.covers(target) else { throw .otherDestination }
    try checkNames()
    let query = try write(request.query, kind: .query, for: target)
    var headers = try write(request.headers, kind: .header, for: target)
    let (body, recordedBody) = try writeBody(for: target)
    if let type = request.body.contentType, !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      let value = LabeledText(clear: type)
      headers.append(Written(name: "Content-Type", value: value, recorded: value))
    }
    let url = Self.url(request.target, query, \.value)
    // Read once more from the bytes that will be written: what was opened must not have moved the destination.
    let final = url.bytes == request.target.bytes ? target : try parsed(url)
    guard dial.covers(final) else { throw .otherDestination }
    if request.hasBoundParameters, request.template.match(final) == nil { throw .otherDestination }
    for signing in request.signings { headers += try sign(headers, body, url: url.label, for: final, signing) }
    try checkHeaders(headers)
    try checkClearance([url] + headers.map(\.value) + [body])
    return SendableRequest(
      dial: dial, method: request.method, target: final,
      headers: headers.map { (name: $0.name, value: $0.value.bytes) }, body: body.bytes,
      carriesSecrets: ([url, body] + headers.map(\.value)).contains { $0.label.isSecret },
      record: RequestTexts(
        url: Self.url(request.target, query, \.recorded),
        headers: RequestHeaders.encode(
          headers.map {
            LabeledHeader(name: LabeledText(clear: $0.name), value: $0.recorded)
          }, uses: uses), body: recordedBody))
  }

  /// Signs exactly what will be written. The key's label goes with everything that was made with the key, so that a key
  /// that may not be used for this host stops the request.
  private mutating func sign(
    _ headers: [Written], _ body: LabeledText, url label: Label, for url: CanonicalURL, _ signing: RequestSigning
  ) throws(DoorRefusal) -> [Written] {
    let authority = url.text.utf8.dropFirst(url.scheme.rawValue.utf8.count + 3).prefix { $0 != 0x2F && $0 != 0x3F }
    let line = HTTPMessage.RequestLine(
      method: request.method, target: Array(url.requestTarget.utf8), scheme: url.scheme.rawValue,
      authority: Array(authority), targetURI: Array(url.text.utf8))
    let message = HTTPMessage(
      .request(line), fields: headers.map { HTTPField(name: $0.name, value: $0.value.bytes) }, body: body.bytes)
    let content = Label.join([label, body.label] + headers.map(\.value.label))
    var added: [Written] = []
    do throws(SigningFault) {
      for made in try signing.headers(for: message, content: content, body: body.label) {
        guard !(headers + added).contains(where: { $0.name.lowercased() == made.name.lowercased() }) else {
          throw SigningFault.repeatedHeader(made.name)
        }
        if made.isCredential { opened.append(made.value) }
        added.append(Written(name: made.name, value: made.value, recorded: made.value))
      }
    } catch {
      throw .cannotSign(error)
    }
    if !uses.contains(signing.use) { uses.append(signing.use) }
    return added
  }

  private func parsed(_ url: LabeledText) throws(DoorRefusal) -> CanonicalURL {
    do {
      return try CanonicalURL(wire: url.bytes, allowingPlainHTTP: { $0 == dial.hostPort && !dial.usesTLS })
    } catch {
      throw .url(error)
    }
  }

  /// A name that is sealed may stand in its list only once: a second one would let the document choose which of the
  /// two the server reads.
  private func checkNames() throws(DoorRefusal) {
    for (kind, fields) in [
      (ParameterKind.query, request.query), (.header, request.headers), (.form, request.body.fields),
    ] {
      for field in fields {
        guard case .bound(let parameter) = field.content else { continue }
        guard parameter.place.kind == kind, parameter.place.httpMethod == request.method else {
          throw .otherPlace(kind: kind, name: field.name)
        }
        let same = fields.filter {
          kind == .header ? $0.name.lowercased() == field.name.lowercased() : $0.name == field.name
        }
        guard same.count == 1 else { throw .duplicateName(kind: kind, name: field.name) }
      }
    }
  }

  private mutating func write(
    _ fields: [RequestField], kind: ParameterKind, for url: CanonicalURL
  ) throws(DoorRefusal) -> [Written] {
    var written: [Written] = []
    for field in fields {
      switch field.content {
      case .rendered(let rendered):
        uses += rendered.uses.filter { !uses.contains($0) }
        written.append(Written(name: field.name, value: rendered.text, recorded: rendered.text))
      case .bound(let parameter):
        let value = try parameters.open(parameter, for: url, template: request.template, scope: request.scope)
        opened.append(value)
        uses.append(ValueUse(name: field.name, label: value.label))
        written.append(Written(name: field.name, value: value, recorded: LabeledText(text: [], label: value.label)))
      }
    }
    return written
  }

  private mutating func writeBody(
    for url: CanonicalURL
  ) throws(DoorRefusal) -> (sent: LabeledText, recorded: LabeledText?) {
    switch request.body {
    case .none: return (LabeledText(clear: ""), nil)
    case .content(let rendered, _):
      uses += rendered.uses.filter { !uses.contains($0) }
      return (rendered.text, rendered.text)
    case .form(let fields):
      let written = try write(fields, kind: .form, for: url)
      return (Self.form(written, \.value), Self.form(written, \.recorded))
    }
  }

  private static func form(_ fields: [Written], _ part: (Written) -> LabeledText) -> LabeledText {
    Transforms.formEncoded(fields.map { (name: LabeledText(clear: $0.name), value: part($0)) })
  }

  private static func url(_ target: LabeledText, _ query: [Written], _ part: (Written) -> LabeledText) -> LabeledText {
    var pieces = [target]
    for (index, field) in query.enumerated() {
      pieces.append(LabeledText(clear: index == 0 ? "?" : "&"))
      pieces.append(Transforms.percentEncoded(LabeledText(clear: field.name), for: .unreservedOnly))
      pieces.append(LabeledText(clear: "="))
      pieces.append(Transforms.percentEncoded(part(field), for: .unreservedOnly))
    }
    return Transforms.concatenate(pieces)
  }

  private func checkHeaders(_ headers: [Written]) throws(DoorRefusal) {
    for header in headers {
      let isToken = !header.name.isEmpty && header.name.utf8.allSatisfy(HeaderName.isTokenByte)
      guard isToken, !HeaderName.ofConnection.contains(header.name.lowercased()) else {
        throw .headerNotAllowed(name: header.name)
      }
      do {
        _ = try Rendering.write(header.value, name: header.name, isBare: false, in: .header)
      } catch {
        throw .value(error)
      }
    }
  }

  /// Every label of every part must allow the host; the refusal names the origins that do not.
  private func checkClearance(_ texts: [LabeledText]) throws(DoorRefusal) {
    let host = dial.hostPort
    let union = Label.join(texts.map(\.label))
    guard !union.hosts.allows(host) else { return }
    let parts = texts.flatMap { [$0.base, $0.trace] + $0.spans.map(\.label) }
    let refusing = Label.join(parts.filter { !$0.hosts.allows(host) })
    throw .notGranted(origins: (refusing == .clear ? union : refusing).origins.map(\.origin), host: host)
  }
}

/// Names of headers.
enum HeaderName {
  /// What frames the message or names its host: set by the connection, never by a document.
  static let ofConnection: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
    "proxy-connection", "expect",
  ]

  /// RFC 9110 §5.6.2.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
    }
  }
}
