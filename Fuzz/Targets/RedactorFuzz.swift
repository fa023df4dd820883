import Redaction

extension FuzzTarget {
  /// The input is a text in which 0xFE and a byte stand for a secret in one of its forms, so that the fuzzer need not
  /// guess secrets.
  static let redactor = FuzzTarget(name: "redactor") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    var cuts = Cuts(seed: input.byte())
    let scope: TextScope = input.byte() & 1 == 0 ? .all : .wholeForms
    let text = Planted.text(of: input.all())
    let whole = Planted.matcher.redact(text, scope: scope)
    var stream = RedactingStream(Planted.matcher, scope: scope)
    var single = RedactingStream(Planted.matcher, scope: scope)
    var cut: [UInt8] = []
    for chunk in cuts.chunks(of: text) { cut += stream.push(chunk) }
    cut += stream.finish()
    let uncut = single.push(text) + single.finish()
    try hold(stream.withheld == single.withheld, "the same text cut in another way is withheld, or is not")
    if let reason = stream.withheld {
      // How much had been written before the rest was withheld depends on the cuts; what it was does not.
      let mask = Mask.withheld(reason).utf8
      let (one, other) = (cut.dropLast(mask.count), uncut.dropLast(mask.count))
      try hold(one.starts(with: other) || other.starts(with: one), "what left before the rest was withheld differs")
    } else {
      try hold(cut == uncut, "the same text cut in another way leaves as another one")
    }
    try hold(
      stream.withheld != nil || whole.isWithheld || cut == whole.bytes, "the stream and the whole text differ")
    for secret in Planted.secrets {
      try hold(whole.bytes.firstRange(of: secret) == nil, "a secret is in the text")
      try hold(cut.firstRange(of: secret) == nil, "a secret is in the stream")
    }
    if !whole.isWithheld {
      for form in Planted.forms {
        try hold(whole.bytes.firstRange(of: form.bytes) == nil, "the form \(form.kind) of a secret is in the text")
      }
      try hold(!whole.found.isEmpty || whole.bytes == text, "a text without secrets was changed")
    }
  }

  /// Token formats: the same however the text is cut, and what is no token passes as it is.
  static let shapes = FuzzTarget(name: "shapes") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    var cuts = Cuts(seed: input.byte())
    let text = input.all()
    var stream = ShapeMaskingStream()
    var single = ShapeMaskingStream()
    var cut: [UInt8] = []
    for chunk in cuts.chunks(of: text) { cut += stream.push(Array(chunk)) }
    cut += stream.finish()
    let uncut = single.push(text) + single.finish()
    try hold(cut == uncut, "the same text cut in another way leaves as another one")
    try hold(!single.counts.isEmpty || uncut == text, "a text without tokens was changed")
  }
}

/// The secrets that `redactor` plants.
private enum Planted {
  static let secrets: [[UInt8]] = [
    "k7Zq2Wx9TbLm4Rv8", "p\"a/s\\s&w%o<r>d'1", "Straße-Ümläut-Ж9", "xoxoxb-123-abcq1234",
  ].map { Array($0.utf8) }

  static let matcher: SecretMatcher = {
    var builder = MatcherBuilder()
    for (index, secret) in secrets.enumerated() {
      let outcome = builder.add(secret, name: SecretName("s\(index)", pseudonym: "000\(index)"))
      precondition(outcome == .success(.everyForm), "a planted secret was refused")
    }
    return builder.build()
  }()

  /// All forms that are long enough to mean the secret. Forms at another alignment of base 64 share characters with
  /// their neighbours, and what is masked ends before those.
  static let forms: [SecretForm] = secrets.flatMap { secret in
    SecretForms.forms(of: secret).filter { $0.bytes.count >= 12 }
  }

  static func text(of bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    var isMark = false
    for byte in bytes {
      if isMark {
        text += forms[Int(byte) % forms.count].bytes
        isMark = false
      } else if byte == 0xFE {
        isMark = true
      } else {
        text.append(byte)
      }
    }
    return text
  }
}
