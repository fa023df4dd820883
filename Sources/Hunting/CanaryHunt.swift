import Cryptography
import Redaction

/// Finds canaries in bytes: with the scanner of the service, which undoes escapes and opens encoded and compressed runs,
/// and form by form, which does not depend on it.
package struct CanaryHunt: Sendable {
  /// What is looked for.
  package let canaries: [Canary]
  private let matcher: SecretMatcher
  private let names: [SecretName: String]
  private let index: FormIndex
  /// Bytes that two pieces of one stream must share, so that nothing at their border is missed.
  let overlap: Int

  /// Throws where a canary is too short or too plain to be told from other text, or two have one name.
  package init(_ canaries: [Canary]) throws(HuntFailure) {
    var builder = MatcherBuilder(hashSeed: RandomBytes.make(8).reduce(0) { $0 << 8 | UInt64($1) })
    var names: [SecretName: String] = [:]
    for (index, canary) in canaries.enumerated() {
      let name = SecretName("canary-\(index)", pseudonym: "hunt")
      guard names.updateValue(canary.name, forKey: name) == nil,
        !canaries[..<index].contains(where: { $0.name == canary.name })
      else { throw HuntFailure("two canaries are named \(canary.name)") }
      if case .failure(let refusal) = builder.add(canary.value, name: name) {
        throw HuntFailure("the canary \(canary.name) cannot be looked for: \(refusal.sentence)")
      }
    }
    self.canaries = canaries
    self.names = names
    index = FormIndex(canaries)
    matcher = builder.build()
    overlap = max(matcher.holdBack, index.longest)
  }

  /// Every find in these bytes, in order. What the scanner cannot search is a find of the form "cannot be searched": no
  /// answer means that there is nothing.
  ///
  /// - Parameter start: the offset of the bytes in the place.
  package func finds(in bytes: [UInt8], at place: String, from start: Int = 0) -> [Find] {
    var found: [(range: Range<Int>, find: Find)] = []
    for match in matcher.matches(in: bytes) {
      for name in [match.name] + match.alsoCovers {
        let form = name == .withheld ? "cannot be searched" : ListedForms.word(match.kind)
        found.append(
          (
            match.range,
            Find(place: place, offset: start + match.range.lowerBound, canary: names[name] ?? "?", form: form)
          ))
      }
    }
    index.search(bytes) { offset, form in
      let range = offset..<offset + form.bytes.count
      let name = canaries[form.canary].name
      guard !found.contains(where: { $0.find.canary == name && $0.range.overlaps(range) }) else { return }
      found.append((range, Find(place: place, offset: start + offset, canary: name, form: form.word)))
    }
    return found.map(\.find).sorted { ($0.offset, $0.canary) < ($1.offset, $1.canary) }
  }
}
