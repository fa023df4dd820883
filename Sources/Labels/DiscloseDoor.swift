package import Access
import Encodings
import Redaction

/// The door to people and programs. Without a permit it shows a value with everything secret replaced by masks; with
/// one, the value itself, once.
package enum DiscloseDoor {
  /// A text with every labelled range replaced by its mask, and the rest searched for known secrets in any form.
  ///
  /// Fails closed: where the net is not whole, what the labels do not cover is withheld. Text that only a starter's own
  /// clear input made is searched for whole forms only, and withheld when it hits more than a few: else anybody who may
  /// start a run could confirm guesses.
  package static func viewerText(_ text: LabeledText, view: DisclosureView) -> Disclosed {
    guard !text.base.isSecret else { return Disclosed(vouched: mask(text.base, view)) }
    guard view.isComplete else { return Disclosed(fact: "[withheld: more secrets are known than can be searched for]") }
    // A file of bytes is read in no log; another byte that is no text is shown as a replacement character.
    guard text.form == .json || !text.bytes.contains(0) || UTF8Text.isValid(text.bytes) else {
      return Disclosed(fact: "[bytes that are not text]")
    }
    let isOwnInput = isOnlyStartersInput(text)
    let matches = view.matcher.matches(in: text.bytes, scope: isOwnInput ? .wholeForms : .all)
    guard !matches.contains(where: { $0.name == .withheld }) else {
      return looksLikeGuessing(text, view: view)
        ? Disclosed(fact: "[withheld: the input names many secrets]")
        : Disclosed(fact: "[withheld: it cannot be searched for secrets]")
    }
    var hidden: [LabelSpan] = []
    for match in matches { hidden.appendNext(match.range, view.label(of: match)) }
    let secret = text.spans.filter(\.label.isSecret).merged(with: hidden)
    let output = masked(text, secret, view)
    // The names in masks come from documents: one that holds a secret itself must not bring it in by the back door.
    guard !secret.isEmpty else { return Disclosed(vouched: output) }
    return Disclosed(vouched: view.matcher.redact(output))
  }

  /// Whether a text is withheld as guessing: an alarm for the operator.
  package static func looksLikeGuessing(_ text: LabeledText, view: DisclosureView) -> Bool {
    isOnlyStartersInput(text) && view.matcher.alarm(in: text.bytes) != nil
  }

  private static func isOnlyStartersInput(_ text: LabeledText) -> Bool {
    text.label.origins == [LabelOrigin(.trigger, .shown)]
  }

  /// For a program: the content, under a permit for exactly this path.
  package static func machine(
    _ text: LabeledText, readAt path: AccessPath, permit: DisclosurePermit
  ) -> Result<[UInt8], DoorRefusal> {
    guard case .machine = permit.kind, permit.path == path else { return .failure(.otherPermit) }
    return .success(text.bytes)
  }

  /// For a person, to be shown once: a secret of the key/value store, under a permit for exactly this path. Bytes that
  /// are no UTF-8 are shown as their hexadecimal digits. Refused as `writeOnly` where anything else than such secrets is
  /// in it.
  package static func reveal(
    _ text: LabeledText, readAt path: AccessPath, permit: DisclosurePermit
  ) -> Result<Disclosed, DoorRefusal> {
    guard case .human = permit.kind, permit.path == path else { return .failure(.otherPermit) }
    for origin in text.label.secretOrigins {
      guard case .secret = origin else { return .failure(.writeOnly(origin)) }
    }
    let shown = String(validating: text.bytes, as: UTF8.self) ?? Hex.encode(text.bytes)
    return .success(Disclosed(vouched: shown))
  }

  /// For a person, to be shown once: a part of a run's log with what answers and the request that started it brought,
  /// under a permit for exactly this path. Whatever else is secret in it stays masked, by label and by content as in
  /// `viewerText`: parameters, variables and credentials are write-only, and a secret of the key/value store has a permit
  /// of its own.
  package static func reveal(
    ofRun text: LabeledText, readAt path: AccessPath, view: DisclosureView, permit: DisclosurePermit
  ) -> Result<Disclosed, DoorRefusal> {
    guard case .human = permit.kind, permit.path == path else { return .failure(.otherPermit) }
    guard isOpened(text.base) else { return .success(Disclosed(vouched: mask(text.base, view))) }
    guard view.isComplete else {
      return .success(Disclosed(fact: "[withheld: more secrets are known than can be searched for]"))
    }
    let matches = view.matcher.matches(in: text.bytes, scope: .all)
    guard !matches.contains(where: { $0.name == .withheld }) else {
      return .success(Disclosed(fact: "[withheld: it cannot be searched for secrets]"))
    }
    var hidden: [LabelSpan] = []
    for match in matches {
      let label = view.label(of: match)
      if !isOpened(label) { hidden.appendNext(match.range, label) }
    }
    let closed = text.spans.filter { $0.label.isSecret && !isOpened($0.label) }
    return .success(Disclosed(vouched: masked(text, closed.merged(with: hidden), view)))
  }

  /// Whether a permit for a run opens it: all that makes it secret came with an answer or with the starting request.
  static func isOpened(_ label: Label) -> Bool {
    label.secretOrigins.allSatisfy { origin in
      switch origin {
      case .response, .trigger: true
      case .parameter, .variable, .secret, .credential, .namedKey: false
      }
    }
  }

  static func mask(_ label: Label, _ view: DisclosureView) -> String {
    Mask.text(view.pseudonyms.name(of: label.secretOrigins))
  }

  /// Spans that touch as one, with the labels of all: in JSON a string that is hidden in pieces stays one string.
  private static func touching(_ spans: [LabelSpan]) -> [LabelSpan] {
    var result: [LabelSpan] = []
    for span in spans {
      if let last = result.last, last.range.upperBound == span.range.lowerBound {
        result[result.count - 1] = LabelSpan(
          range: last.range.lowerBound..<span.range.upperBound, label: last.label.joined(with: span.label))
      } else {
        result.append(span)
      }
    }
    return result
  }

  private static func masked(_ text: LabeledText, _ secret: [LabelSpan], _ view: DisclosureView) -> String {
    var output = ""
    var position = 0
    var lastMask: Label?
    var place = JSONPlace()
    for span in text.form == .json ? touching(secret) : secret {
      let isAdjacent = lastMask != nil && span.range.lowerBound == position
      output += shown(text.bytes[position..<span.range.lowerBound])
      // A piece of a value beside another piece of the same value is one mask.
      if !isAdjacent || lastMask?.secretOrigins != span.label.secretOrigins {
        output +=
          text.form == .json
          ? place.quoted(mask(span.label, view), for: span.range, behind: position, of: text.bytes)
          : mask(span.label, view)
      }
      position = span.range.upperBound
      lastMask = span.label
    }
    return output + shown(text.bytes[position...])
  }

  /// Where in a JSON text its reading has come to.
  ///
  /// What is hidden is a string in what is shown, whatever it was: a quote that stood or did not stand around a mask would
  /// tell a text from a number, `true`, `null` or an array. So the log stays JSON as well.
  private struct JSONPlace {
    private var isInString = false
    private var isEscaped = false

    /// The mask for `range`, the next that is hidden, with the quotes that it needs; `position` is how far was read.
    mutating func quoted(_ mask: String, for range: Range<Int>, behind position: Int, of bytes: [UInt8]) -> String {
      read(bytes[position..<range.lowerBound])
      guard !range.isEmpty else { return mask }
      let opening = isInString ? "" : "\""
      read(bytes[range])
      return opening + mask + (isInString ? "" : "\"")
    }

    private mutating func read(_ bytes: ArraySlice<UInt8>) {
      for byte in bytes {
        if isEscaped {
          isEscaped = false
        } else if byte == 0x22 {
          isInString.toggle()
        } else {
          isEscaped = byte == 0x5C && isInString
        }
      }
    }
  }

  /// Bytes that are no UTF-8 show as U+FFFD.
  private static func shown(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
