import Encodings

/// One parser, and what must hold of it whatever the bytes are. The same checks run in the fuzzer (`scripts/fuzz`) and,
/// over the seeds and over every input that once failed, in the ordinary tests.
package struct FuzzTarget: Sendable {
  package let name: String
  /// Throws the sentence that does not hold. A trap is a failure too.
  package let check: @Sendable ([UInt8]) throws(FuzzFault) -> Void

  /// In the order in which they are run. `smoke` and `canary` are about the harness: `canary` must fail.
  package static let all: [FuzzTarget] = [
    smoke, canary, redactor, shapes, envelope, namedKey, url, urlTemplate, variablePath, template, json, xml, yaml,
    document, scheme,
    webhook, challengeProfile, challenge, certificate, structuredField, messageSignature, token, policy, names,
    encodings,
  ]

  package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// A sentence that did not hold. It may show the input: nothing here is a secret of anybody.
package struct FuzzFault: Error, Hashable, Sendable {
  package let sentence: String

  package init(_ sentence: String) { self.sentence = sentence }
}

/// Throws where the condition is false.
func hold(_ condition: Bool, _ sentence: @autoclosure () -> String) throws(FuzzFault) {
  guard condition else { throw FuzzFault(sentence()) }
}

extension FuzzTarget {
  /// That the harness runs at all.
  static let smoke = FuzzTarget(name: "smoke") { (_) throws(FuzzFault) in }

  /// That the harness finds a failure, led by what a parser covers: an object with a member, in an array.
  static let canary = FuzzTarget(name: "canary") { (bytes) throws(FuzzFault) in
    guard let tape = try? JSONTape(bytes), tape.kind(tape.root) == .array, let first = tape.firstChild(tape.root),
      tape.kind(first) == .object, tape.count(first) > 0
    else { return }
    throw FuzzFault("the canary was found, as it must be")
  }
}
