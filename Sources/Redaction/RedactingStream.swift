/// Masks secrets in text that comes in chunks of any size; what leaves is the same however the text is cut.
///
/// At most `SecretMatcher.holdBack` bytes and a few hundred more are held back (never more than 64 KiB of ordinary
/// text), until `finish`. When the text cannot be scanned any further, the marker leaves once, and then nothing.
package struct RedactingStream {
  private var session: ScanSession
  private var hasMarked = false
  private var isFinished = false

  /// A stream at the beginning of a text.
  package init(_ matcher: SecretMatcher, scope: TextScope = .all) {
    session = ScanSession(matcher: matcher, scope: scope, writesText: true)
  }

  /// Takes the next chunk and gives what is decided by now. After `finish` that is the caller's bug: nothing of the
  /// chunk leaves, only the marker.
  package mutating func push(_ chunk: [UInt8]) -> [UInt8] { push(chunk[...]) }

  /// As the other `push`.
  package mutating func push(_ chunk: ArraySlice<UInt8>) -> [UInt8] {
    if isFinished { session.fail(.finished) } else { session.take(chunk) }
    return taken()
  }

  /// The rest of the text.
  package mutating func finish() -> [UInt8] {
    if !isFinished { session.takeEnd() }
    isFinished = true
    return taken()
  }

  /// Masks written so far, by name.
  package var counts: [SecretName: Int] { session.counts }

  /// Every secret found so far.
  package var found: Set<SecretName> { session.found }

  /// Set once more was found than chance explains.
  package var alarm: RedactionAlarm? { session.alarm }

  /// Why the rest of the text is withheld; nil while it is not.
  package var withheld: WithheldReason? { session.fault }

  private mutating func taken() -> [UInt8] {
    var output = session.takeOutput()
    if let reason = session.fault, !hasMarked {
      hasMarked = true
      output += Mask.withheld(reason).utf8
    }
    return output
  }
}

extension RedactingStream: MaskedPrinting {}
