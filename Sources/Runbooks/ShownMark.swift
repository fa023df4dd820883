/// What an interface shows in place of a value that it does not give out. Written back, it means: keep the value that is
/// there. Only an explicit entry replaces one, and only an explicit clearing removes it (secrets that were lost to a
/// placeholder: n8n#22173, #30846, #35966).
package enum ShownMark {
  /// Whether a text is nothing, the dots of a password field, a mask of ours, or what our logs write for what was
  /// removed.
  package static func means(keep text: String) -> Bool {
    isBlankOrDots(text) || text.hasPrefix("‹") && text.hasSuffix("›")
      || (text.hasPrefix("[removed: ") || text.hasPrefix("[withheld: ")) && text.hasSuffix("]")
  }

  private static func isBlankOrDots(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { "*•●".unicodeScalars.contains($0) }
  }
}
