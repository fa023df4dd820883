import Cryptography
import Destinations
import Encodings
import MessageSignatures
import Testing

@testable import Labels

/// Every operation of this room that makes a value from values, each with what shows that labels come along.
/// `PropagationTests` holds the list against the sources.
enum PropagationTable {
  struct Row: Sendable {
    /// How many declarations of that name there are: one more needs a probe of its own.
    var declarations = 1
    var probes: [PropagationProbe] = []
    /// For operations that make labels or join whole ones, where no byte can be changed.
    var check: @Sendable () throws -> Void = {}
  }

  private static func one(_ input: String, _ run: @escaping @Sendable (LabeledText) throws -> LabeledText)
    -> PropagationProbe
  {
    PropagationProbe(input: input) { [try run($0)] }
  }

  private static func json(
    _ input: String, labelled: Range<Int>? = nil, kept: Range<Int>? = nil, isExact: Bool = true,
    _ run: @escaping @Sendable (LabeledText) throws -> LabeledText
  ) -> PropagationProbe {
    PropagationProbe(input: input, form: .json, labelled: labelled, kept: kept, isExact: isExact) { [try run($0)] }
  }

  /// Every byte of the result depends on all of the input.
  private static func whole(
    _ input: String, _ run: @escaping @Sendable (LabeledText) throws -> LabeledText
  ) -> PropagationProbe {
    PropagationProbe(input: input, isExact: false) { text in
      let result = try run(text)
      #expect(Samples.labels(result).allSatisfy { $0.covers(text.label) })
      return [result]
    }
  }

  private static let path = "^k"
  /// The value of `k` stands at 5..<10, that of `o` at 17..<20.
  private static let object = #"{"k":"abc","o":"xyz"}"#

  static let rows: [String: Row] = transforms.merging(values) { first, _ in first }.merging(writing) { first, _ in
    first
  }.merging(decisions) { first, _ in first }

  // MARK: Transforms

  private static let transforms: [String: Row] = [
    "Transforms.concatenate": Row(probes: [
      one("abc") { Transforms.concatenate([LabeledText(clear: "x"), $0, LabeledText(clear: "y"), $0]) }
    ]),
    "LabeledArray.element": Row(probes: [
      json(#"[{"a":"bcd"},"xyz"]"#, labelled: 6..<9, kept: 13..<16) { text in
        try #require(LabeledArray(reading: text).element(0))
      }
    ]),
    "LabeledArray.batch": Row(probes: [
      json(#"["abc","def","xyz"]"#, labelled: 2..<5, kept: 14..<17) { text in
        try #require(LabeledArray(reading: text).batch(from: 0, count: 2))
      }
    ]),
    "Transforms.appended": Row(
      probes: [
        json(#""abc""#) { try Transforms.appended($0, to: nil) },
        json(#"["abc","xyz"]"#, labelled: 2..<5, kept: 8..<11) {
          try Transforms.appended(LabeledText(clear: "n"), to: $0)
        },
        json(#""abc""#) { try Transforms.appended($0, to: try LabeledText(json: Array("[1]".utf8), label: .clear)) },
      ],
      check: {
        // A secret joins a public array, a public value a secret one: the array carries both, each part its own.
        let open = try Samples.json(#"["a"]"#, Samples.response)
        let both = try Transforms.appended(Samples.text("s", Samples.stored), to: open)
        #expect(both.label == Samples.response.joined(with: Samples.stored))
        #expect(Samples.labels(both).count { $0.covers(Samples.stored) } == #""s""#.count)
        #expect(Samples.labels(both).allSatisfy { $0.covers(Samples.response) })
      }),
    "Transforms.joined": Row(probes: [
      json(#"["abc","xyz"]"#, labelled: 2..<5, kept: 8..<11) {
        try Transforms.joined($0, with: try LabeledText(json: Array("[1]".utf8), label: .clear))
      },
      json(#"["abc","xyz"]"#, labelled: 2..<5, kept: 8..<11) {
        try Transforms.joined(try LabeledText(json: Array("[1]".utf8), label: .clear), with: $0)
      },
    ]),
    "Transforms.object": Row(
      probes: [
        json(#""abc""#) { try Transforms.object([("k", $0), ("n", LabeledText(clear: "x"))]) },
        one("a\"c") { try Transforms.object([("k\"", LabeledText(integer: 1)), ("n", $0)]) },
      ],
      check: {
        #expect(throws: ValueFault.badKey(name: "k")) {
          try Transforms.object([("k", LabeledText(clear: "a")), ("k", LabeledText(clear: "b"))])
        }
      }),
    "Transforms.slice": Row(probes: [one("abcdef") { try Transforms.slice($0, 1..<4) }]),
    "Transforms.jsonQuoted": Row(probes: [one("ab\"c\n") { try Transforms.jsonQuoted($0) }]),
    "Transforms.jsonEscapedContent": Row(probes: [one("ab\\c\t") { try Transforms.jsonEscapedContent($0) }]),
    "Transforms.unquoted": Row(probes: [json(#""ab\nc""#, labelled: 1..<3) { try Transforms.unquoted($0) }]),
    "Transforms.stringForm": Row(probes: [
      json(#""abc""#) { Transforms.stringForm($0) }, json("1234") { Transforms.stringForm($0) },
      one("abc") { Transforms.stringForm($0) },
    ]),
    "Transforms.jsonForm": Row(probes: [
      one("abc") { try Transforms.jsonForm($0) }, json("123") { try Transforms.jsonForm($0) },
    ]),
    "Transforms.percentEncoded": Row(
      probes: PercentEncoding.Component.allCases.map { component in
        one("a%b c") { Transforms.percentEncoded($0, for: component) }
      }),
    "Transforms.formEncoded": Row(probes: [
      one("a b&c") { Transforms.formEncoded([($0, LabeledText(clear: "v")), (LabeledText(clear: "n"), $0)]) }
    ]),
    "Transforms.xmlEscaped": Row(probes: [one("a<b&c") { try Transforms.xmlEscaped($0, name: "v") }]),
    "Transforms.hex": Row(probes: [PropagationProbe(input: "abc", isExact: false) { [Transforms.hex($0)] }]),
    // A letter changes five of the eight bits, so not every character that holds bits of it can be seen to change;
    // `SpanModelTests` compares them with the bits.
    "Transforms.base64": Row(
      probes: [true, false].flatMap { padded in
        [Base64.Alphabet.standard, .urlSafe].flatMap { alphabet in
          ["abc", "abcd", "abcde"].map { input in
            PropagationProbe(input: input, isExact: false) {
              [Transforms.base64($0, alphabet: alphabet, padded: padded)]
            }
          }
        }
      }),
    "Transforms.sha256": Row(probes: [whole("abc") { Transforms.sha256($0) }]),
    "Transforms.hmac": Row(probes: [
      whole("abc") { Transforms.hmac($0, key: LabeledText(clear: "k"), hash: .sha256) },
      whole("abc") { Transforms.hmac(LabeledText(clear: "m"), key: $0, hash: .sha256) },
    ]),
    "KeyInputs.signed": Row(
      declarations: 2,
      probes: [
        whole("abc") { try KeySamples.ed25519.signed(KeyInputs(message: $0)) },
        whole("abc") { try KeySamples.bare.signedBare(KeyInputs(message: $0), as: .publicKey(.ed25519)) },
      ]),
    "KeyInputs.encrypted": Row(probes: [
      whole("abc") { try KeySamples.cipher.encrypted(KeyInputs(message: $0)) },
      whole("abc") { try KeySamples.cipher.encrypted(KeyInputs(message: LabeledText(clear: "m"), associatedData: $0)) },
      whole("abc") { try KeySamples.derived.encrypted(KeyInputs(message: LabeledText(clear: "m"), context: $0)) },
    ]),
    "KeyInputs.decrypted": Row(probes: [
      whole(KeySamples.ciphertext) { try KeySamples.cipher.decrypted(KeyInputs(message: $0)) }
    ]),
    "KeyInputs.verified": Row(
      declarations: 2,
      check: {
        let label = Samples.stored
        let message = LabeledText(text: Array("m".utf8), label: label)
        let signature = LabeledText(clear: "none")
        for inputs in [
          KeyInputs(message: message, signature: signature),
          KeyInputs(message: signature, signature: message),
        ] {
          let bound = try KeySamples.ed25519.verified(inputs)
          let bare = try KeySamples.bare.verifiedBare(inputs, as: .publicKey(.ed25519))
          #expect(bound.label == label)
          #expect(bare.label == label)
        }
      }),
    "Transforms.basicCredentials": Row(probes: [
      PropagationProbe(input: "abc", isExact: false) {
        [
          Transforms.basicCredentials(user: $0, password: LabeledText(clear: "p")),
          Transforms.basicCredentials(user: LabeledText(clear: "u"), password: $0),
        ]
      }
    ]),
    "Transforms.clientCredentials": Row(probes: [
      PropagationProbe(input: "abc", isExact: false) {
        [
          Transforms.clientCredentials(id: $0, secret: LabeledText(clear: "p")),
          Transforms.clientCredentials(id: LabeledText(clear: "u"), secret: $0),
        ]
      }
    ]),
    "RequestSigning.assertion": Row(probes: [
      json(#"{"a":"bcd"}"#, labelled: 6..<9, isExact: false) { claims in
        try assertion(claims: claims, key: LabeledText(clear: String(repeating: "k", count: 32)))
      },
      whole("abcdefghabcdefghabcdefghabcdefgh") { key in
        try assertion(claims: try LabeledText(json: Array("{}".utf8), label: .clear), key: key)
      },
    ]),
    "Transforms.converted": Row(probes: [
      one("abc") { try Transforms.converted($0, to: .string) },
      json(#""1234""#) { try Transforms.converted($0, to: .integer) },
      json("12.34") { try Transforms.converted($0, to: .decimal) },
      // What a text is read as tells of all of it.
      json(#""{\"a\":\"bcd\"}""#, labelled: 8..<14, kept: 9..<12, isExact: false) {
        try Transforms.converted($0, to: .object)
      },
      json(#"["abc"]"#) { try Transforms.converted($0, to: .array) },
      whole("1") { try Transforms.converted($0, to: .boolean) },
      json(#""2026-11-24T16:15:39Z""#, labelled: 18..<20) { try Transforms.converted($0, to: .datetime) },
    ]),
    "Transforms.mapped": Row(
      probes: [
        PropagationProbe(input: "ab", isExact: false) {
          [Transforms.mapped($0, by: [("ab", "one"), ("ac", "two"), ("bb", "six")])]
        },
        PropagationProbe(input: "abc", isExact: false) { [Transforms.mapped($0, by: [("nothing", "x")])] },
      ],
      check: {
        // No row matches: the value stays, and that it does tells of all of it.
        let text = Samples.pieces([("abc", .clear), ("def", Samples.stored)])
        let kept = Transforms.mapped(text, by: [("x", "y")])
        #expect(Samples.labels(kept).allSatisfy { $0 == Samples.stored })
      }),
  ]

  private static func assertion(claims: LabeledText, key: LabeledText) throws -> LabeledText {
    try RequestSigning(
      .token(try TokenCreation(keyID: nil), header: "A", prefix: "", claims: claims, id: "1"), key: key,
      encoding: .utf8, algorithm: .hmacSHA256, name: "k", now: Samples.now
    ).assertion()
  }

  // MARK: Values and their parts

  private static let values: [String: Row] = [
    "LabeledText.init": Row(
      declarations: 6,
      check: {
        #expect(try LabeledText(xml: Array("<a>b</a>".utf8), label: Samples.stored).base == Samples.stored)
        #expect(LabeledText(clear: "x").label == .clear)
        #expect(LabeledText(text: [1], label: Samples.stored).base == Samples.stored)
        #expect(LabeledText(body: Array("{}".utf8), label: Samples.stored).base == Samples.stored)
        #expect(LabeledText(body: Array("no json".utf8), label: Samples.stored).base == Samples.stored)
        let json = try LabeledText(json: Array("[1]".utf8), label: Samples.stored)
        #expect(json.base == Samples.stored)
        #expect(LabeledText(integer: 7, label: Samples.stored).base == Samples.stored)
      }),
    "LabeledText.labeled": Row(
      probes: [one("abc") { $0.labeled(also: Samples.stored) }],
      check: { #expect(Samples.text("x").labeled(also: Samples.stored).label == Samples.stored) }),
    "LabeledText.restricted": Row(
      probes: [one("abc") { $0.restricted(to: .nowhere) }],
      check: { #expect(Samples.text("x", Samples.stored).restricted(to: .nowhere).label.hosts == .nowhere) }),
    "LabeledJSON.init": Row(probes: [
      json(#"{"a":"bc"}"#) { try LabeledJSON(reading: $0).text },
      whole(#"{"a":"bc"}"#) { try LabeledJSON(reading: $0).text },
    ]),
    "LabeledJSON.find": Row(
      probes: [
        json(object, labelled: 5..<20, kept: 5..<10) {
          try found(LabeledJSON(reading: $0).find(ValuePath(parsing: path), name: "k"))
        }
      ]
        // What selected the element covers what was found.
        + json(#"[{"i":"ab","v":"cd"},{"i":"ef","v":"gh"}]"#, isExact: false) {
          try found(LabeledJSON(reading: $0).find(ValuePath(parsing: "[i=ef]^v"), name: "v"))
        }.keeping([6..<8, 26..<28, 35..<37])),
    "LabeledJSON.extract": Row(probes: [
      json(object, labelled: 5..<20, kept: 5..<10) {
        try LabeledJSON(reading: $0).extract(ValuePath(parsing: path), name: "k")
      }
    ]),
    "ValueScope.init": Row(check: {
      #expect(ValueScope(["a": Samples.text("x", Samples.stored)])["a"]?.label == Samples.stored)
    }),
    "ValueScope.find": Row(probes: [
      json(object, labelled: 5..<20, kept: 5..<10) {
        try found(ValueScope(["v": $0]).find(root: "v", path: ValuePath(parsing: path)))
      }
    ]),
    "ValueScope.resolve": Row(probes: [
      json(object, labelled: 5..<20, kept: 5..<10) {
        try ValueScope(["v": $0]).resolve(root: "v", path: ValuePath(parsing: path))
      }
    ]),
    "ValueTable.text": Row(probes: [
      one("abc") { text in
        var table = ValueTable()
        let handle = try table.insert(text)
        return try table.text(handle)
      }
    ]),
    "ValueTable.read": Row(probes: [
      PropagationProbe(
        input: "{\"a\":\"bcdef\",\"fill\":\"\(String(repeating: "x", count: 300))\"}", form: .json, labelled: 6..<11
      ) { text in
        // What the table knows it read from the same bytes, with other labels.
        let table = ValueTable()
        _ = try table.read(text.labeled(also: Samples.stored))
        return [try table.read(text).text]
      }
    ]),
    "SealDoor.open": Row(probes: [
      PropagationProbe(input: "abc") { text in [try #require(LabeledText(encoded: text.encoded[...]))] }
    ]),
    "LabeledHeaders.object": Row(check: {
      let headers = [(name: "X", value: Array("v".utf8)), (name: "Cookie", value: Array("c".utf8))]
      let sealed = LabeledHeaders.object(headers, label: Samples.response, isEncrypted: true, holder: "s")
      #expect(sealed.label.covers(Samples.response))
      // Braces, colons and the quotes of values are clear.
      #expect(Samples.labels(sealed).count { $0.covers(Samples.response) } == #""X"v"Cookie"c"#.utf8.count)
      let plain = LabeledHeaders.object(headers, label: Samples.response, isEncrypted: false, holder: "s")
      #expect(Samples.labels(plain).count { $0.isSecret } == 1)
    }),
    "LabeledHeaders.query": Row(check: {
      let query = LabeledHeaders.query([(Array("a".utf8), Array("b\"".utf8))], label: Samples.encryptedTrigger)
      #expect(Samples.labels(query).count { $0 == Samples.encryptedTrigger } == #""a"b\""#.utf8.count)
    }),
    "RenderedStatement.shown": Row(probes: [
      PropagationProbe(input: "abc", isExact: false) { [RenderedStatement.shown([(name: "v", value: $0)])] },
      json(#""abc""#, isExact: false) { RenderedStatement.shown([(name: "v", value: $0)]) },
    ]),
    "LabeledHeader.init": Row(check: {
      #expect(
        LabeledHeader(name: Samples.text("n"), value: Samples.text("v", Samples.stored)).value.label == Samples.stored)
    }),
  ]

  private static func found(_ found: LabeledJSON.Found) throws -> LabeledText {
    switch found {
    case .value(let value): return value
    case .missing(_, let fault): throw fault
    }
  }

  // MARK: Writing

  private static func use(_ text: LabeledText, _ context: RenderingContext) -> RenderingSegment {
    .value(text, name: "v", isBare: false, context: context)
  }

  private static let writing: [String: Row] = [
    "Rendering.write": Row(
      probes: RenderingContext.allCases.map { context in
        one("abc") { try Rendering.write($0, name: "v", isBare: false, in: context) }
      } + [json(#""123""#) { try Rendering.write($0, name: "v", isBare: true, in: .jsonValue) }]),
    "Rendering.text": Row(
      probes: RenderingContext.allCases.map { context in
        one("abc") { try Rendering.text([.literal("x="), use($0, context), .literal("&"), use($0, context)]).text }
      }),
    "Rendering.json": Row(probes: [
      one("abc") {
        try Rendering.json([
          .literal("{"), use($0, .jsonKey), .literal(":["), use($0, .jsonValue), .literal(",\"p "),
          use($0, .jsonInString), .literal("\"]}"),
        ]).text
      }
    ]),
    "RenderedText.init": Row(
      declarations: 2,
      probes: [one("abc") { RenderedText($0).text }],
      check: { #expect(RenderedText(clear: "x").text.label == .clear) }),
    "RenderedRequest.init": Row(probes: [
      one("abc") {
        let template = try DoorRig.template("/items/<<v>>?w=<<v>>")
        let request = try RenderedRequest(method: "GET", template: template, values: ["v": $0])
        var pieces = [request.target]
        for case .rendered(let text) in request.query.map(\.content) { pieces.append(text.text) }
        return Transforms.concatenate(pieces)
      }
    ]),
    "RequestField.init": Row(
      declarations: 2,
      probes: [
        one("abc") {
          guard case .rendered(let text) = RequestField("n", RenderedText($0)).content else { throw ValueFault.damaged }
          return text.text
        }
      ]),
    "SendDoor.open": Row(probes: [
      PropagationProbe(input: "abc") { text in
        let rig = try DoorRig("propagation")
        let request = try RenderedRequest(
          method: "POST", template: try DoorRig.template("/items/<<v>>"), values: ["v": text],
          query: [RequestField("q", RenderedText(text))], headers: [RequestField("X-A", RenderedText(text))],
          body: .form([RequestField("f", RenderedText(text))]))
        let record = try rig.open(request).get().record
        return [record.url, record.headers] + [record.body].compactMap { $0 }
      }
    ]),
    "SensitiveDefaults.mark": Row(
      probes: [
        PropagationProbe(input: #"{"a":"bc"}"#, form: .json) {
          [SensitiveDefaults.mark($0, holder: "s", hosts: .any)]
        }
      ],
      check: {
        let body = try Samples.json(#"{"access_token":"abc","u":"https://me:pw@h/?sig=xy"}"#, Samples.trigger)
        let marked = SensitiveDefaults.mark(body, holder: "s", hosts: .any)
        #expect(marked.label.covers(Samples.trigger))
        #expect(Samples.labels(marked).count { $0.isSecret } == #""abc""#.count + "me:pw".count + "xy".count)
      }),
    "ReflectionCheck.mark": Row(
      declarations: 2,
      probes: [
        one("abc") { ReflectionCheck.mark($0, view: Samples.view(Samples.text(Samples.secret, Samples.stored))) }
      ],
      check: {
        let view = Samples.view(Samples.text(Samples.secret, Samples.stored))
        let error = ReflectionCheck.mark(errorText: "no host \(Samples.secret).example", view: view)
        let labels = Samples.labels(error)
        #expect(labels.count { $0 == Samples.stored } == Samples.secret.utf8.count)
        #expect(labels.prefix("no host ".utf8.count).allSatisfy { $0 == .clear })
        #expect(labels.suffix(".example".utf8.count).allSatisfy { $0 == .clear })
      }),
  ]

  // MARK: Decisions

  private static let decisions: [String: Row] = [
    "Comparison.evaluate": Row(check: {
      let left = ComparisonOperand.value(Samples.text("a", Samples.response))
      let right = ComparisonOperand.value(Samples.text("b", Samples.encryptedTrigger))
      let union = Samples.response.joined(with: Samples.encryptedTrigger)
      for op in ComparisonOperator.allCases {
        let bit = try Comparison.evaluate(left, op, op.isPresence ? nil : right)
        #expect(bit.label == (op.isPresence ? Samples.response : union))
      }
    }),
    "ComparisonOperand.init": Row(check: {
      #expect(ComparisonOperand(.value(Samples.text("a", Samples.stored))).label == Samples.stored)
      #expect(ComparisonOperand(.missing(label: Samples.stored, fault: .notJSON)).label == Samples.stored)
    }),
    "LabeledBit.init": Row(check: { #expect(LabeledBit(clear: true).label == .clear) }),
    "LabeledBit.and": Row(check: { try bits { $0.and($1) } }),
    "LabeledBit.or": Row(check: { try bits { $0.or($1) } }),
    "LabeledBit.negated": Row(check: {
      #expect(LabeledBit(true, label: Samples.stored).negated.label == Samples.stored)
    }),
    "LabeledBit.named": Row(check: {
      for outcome in [
        Result<Bool, ValueFault>.success(true), .failure(.notConvertible(to: .decimal)), .failure(.notJSON),
      ] {
        let bit = LabeledBit(outcome: outcome, label: Samples.stored).named(row: "row 1", left: "a", right: "b")
        #expect(bit.label == Samples.stored)
      }
    }),
    "LabeledBit.unnamedWhereSecret": Row(check: {
      let fault = ValueFault.rowNotConvertible(row: "row 1", side: "a", to: .decimal)
      let bit = LabeledBit(outcome: .failure(fault), label: Samples.stored).unnamedWhereSecret
      #expect(bit.label == Samples.stored)
      #expect(bit.outcome == .failure(.notConvertible(to: .decimal)))
    }),
  ]

  /// Whatever the two answers are, both labels count: one that is not looked at tells as well.
  private static func bits(_ join: (LabeledBit, LabeledBit) -> LabeledBit) throws {
    let outcomes: [Result<Bool, ValueFault>] = [.success(true), .success(false), .failure(.notJSON)]
    for left in outcomes {
      for right in outcomes {
        let bit = join(
          LabeledBit(outcome: left, label: Samples.stored), LabeledBit(outcome: right, label: Samples.response))
        #expect(bit.label == Samples.stored.joined(with: Samples.response))
      }
    }
  }
}

extension PropagationProbe {
  /// The same probe once for each range whose labels must stay.
  fileprivate func keeping(_ ranges: [Range<Int>]) -> [PropagationProbe] {
    ranges.map { range in
      var probe = self
      probe.kept = range
      return probe
    }
  }
}
