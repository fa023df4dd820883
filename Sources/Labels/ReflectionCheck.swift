import Redaction

/// Finds known secrets of the run in what comes back: a response, its headers, an error text. What contains one, in
/// any form, is labelled as derived from it (secrets.md §5).
package enum ReflectionCheck {
  /// The text with the label of every secret that it contains joined over where it was found. A part of a secret that
  /// stands alone is not labelled; what is shown of it is masked all the same.
  package static func mark(_ text: LabeledText, view: DisclosureView) -> LabeledText {
    let matches = view.matcher.matches(in: text.bytes, scope: .wholeSecrets)
    guard !matches.isEmpty else { return text }
    var spans: [LabelSpan] = []
    for match in matches {
      spans.appendNext(match.range, view.label(of: match))
    }
    let found = spans.bounded(over: text.bytes.count)
    return LabeledText(
      bytes: text.bytes, spans: text.spans.merged(with: found), base: text.base, trace: text.trace, form: text.form)
  }

  /// A text from outside that describes an error (of a resolver, a TLS library, a server), marked.
  package static func mark(errorText: String, view: DisclosureView) -> LabeledText {
    mark(LabeledText(clear: errorText), view: view)
  }
}
