package import Encodings

/// Decides about signed messages (RFC 9421 §3.2). Pure: no clock, no store, no network.
///
/// Every message takes the same steps, whatever is wrong with it: read the two fields, put the base together, one
/// verification under one key, the digests, the times. What the steps find is collected; the first finding is the
/// refusal.
package struct MessageSignatureVerifier: Sendable {
  package let policy: MessageSignaturePolicy
  package let keys: [MessageVerificationKey]

  /// Why the keys of a verifier were refused.
  package enum Fault: Error, Hashable, Sendable {
    case noKeys
    case tooManyKeys
    /// A keyid that two keys have: which of them is meant would have to be guessed.
    case repeatedKeyID
    /// An algorithm that RFC 9421 does not have.
    case algorithm
  }

  package init(_ policy: MessageSignaturePolicy, keys: [MessageVerificationKey]) throws(Fault) {
    guard !keys.isEmpty else { throw .noKeys }
    guard keys.count <= MessageSignatureLimits.keys else { throw .tooManyKeys }
    guard Set(keys.map(\.keyID)).count == keys.count else { throw .repeatedKeyID }
    guard keys.allSatisfy({ $0.algorithm.httpName != nil }) else { throw .algorithm }
    self.policy = policy
    self.keys = keys
  }

  /// One step, as a probe sees it: the kind of work and its size, never its content.
  package enum Step: Hashable, Sendable {
    case read
    case buildBase
    case verify(MessageSignatureAlgorithm, byteCount: Int)
    case digestBody(byteCount: Int)
    case checkTime
  }

  /// Checks the message.
  ///
  /// - Parameters:
  ///   - request: the request that a response answers.
  ///   - now: the wall clock.
  ///   - probe: told of each step.
  package func verify(
    _ message: HTTPMessage, answering request: HTTPMessage? = nil, now: Instant, probe: ((Step) -> Void)? = nil
  ) -> Result<VerifiedSignature, MessageSignatureRefusal> {
    var created: Instant?
    return verify(message, answering: request, now: now, created: &created, probe: probe)
  }

  /// The same, and the time that the message names, also where it is refused: to report how far clocks are apart.
  package func verify(
    _ message: HTTPMessage, answering request: HTTPMessage? = nil, now: Instant, created: inout Instant?,
    probe: ((Step) -> Void)? = nil
  ) -> Result<VerifiedSignature, MessageSignatureRefusal> {
    var run = Run(verifier: self, message: message, request: request, probe: probe)
    run.read()
    run.buildBase()
    run.verify()
    run.checkDigest()
    run.checkTime(now)
    created = run.received?.input.created.map { Instant(secondsSinceEpoch: $0) }
    if let refusal = run.refusal { return .failure(refusal) }
    guard let received = run.received, let base = run.base, let key = run.key else {
      return .failure(.signatureMissing)
    }
    return .success(VerifiedSignature(received: received, base: base.bytes, keyID: key.keyID))
  }

  private struct Run {
    let verifier: MessageSignatureVerifier
    let message: HTTPMessage
    let request: HTTPMessage?
    let probe: ((Step) -> Void)?
    private(set) var refusal: MessageSignatureRefusal?
    private(set) var received: ReceivedSignature?
    private(set) var base: SignatureBase?
    private(set) var key: MessageVerificationKey?

    init(
      verifier: MessageSignatureVerifier, message: HTTPMessage, request: HTTPMessage?, probe: ((Step) -> Void)?
    ) {
      self.verifier = verifier
      self.message = message
      self.request = request
      self.probe = probe
    }

    private mutating func note(_ finding: MessageSignatureRefusal?) { refusal = refusal ?? finding }

    private mutating func note(_ finding: MessageSignatureRefusal, unless holds: Bool) {
      if !holds { note(finding) }
    }

    mutating func read() {
      probe?(.read)
      let policy = verifier.policy
      let fieldCount = message.fields.count + message.trailers.count
      note(.signatureMalformed, unless: fieldCount <= MessageSignatureLimits.fields)
      do throws(MessageSignatureRefusal) {
        let received = try ReceivedSignature(policy.choice, in: message)
        self.received = received
        for required in policy.requiredComponents {
          note(.componentNotCovered, unless: received.input.components.contains(required))
        }
        if let tag = policy.tag { note(.tagWrong, unless: received.input.tag == tag) }
        note(.nonceMissing, unless: !policy.requiresNonce || !(received.input.nonce ?? "").isEmpty)
      } catch {
        note(error)
      }
    }

    mutating func buildBase() {
      probe?(.buildBase)
      guard let received else { return }
      let base = SignatureBase(
        received.input, of: message, answering: request, fieldTypes: verifier.policy.fieldTypes)
      note(.componentMissing, unless: base.fault == nil)
      self.base = base
    }

    /// One verification. Where no key has the keyid, under the first one and in vain.
    mutating func verify() {
      let input = received?.input
      let named = verifier.keys.first { $0.keyID == input?.keyID }
      if received != nil { note(.keyUnknown, unless: named != nil) }
      guard let key = named ?? verifier.keys.first else { return note(.keyUnknown) }
      if let name = input?.algorithmName { note(.algorithmContradicts, unless: name == key.algorithm.httpName) }
      let bytes = base?.bytes ?? message.body
      probe?(.verify(key.algorithm, byteCount: bytes.count))
      let isRight = key.isValid(received?.signature ?? [], for: bytes)
      note(.signatureWrong, unless: isRight)
      self.key = named
    }

    /// A digest that is covered says nothing about the body before it has been compared with it (§7.2.8).
    mutating func checkDigest() {
      probe?(.digestBody(byteCount: message.body.count))
      let isCovered = received?.input.components.contains(where: \.bindsBody) ?? false
      let isRequired = verifier.policy.bindsBody
      do throws(ContentDigest.Fault) {
        try ContentDigest.check(of: message)
      } catch {
        let isPresent = error != .missing && verifier.policy.checksDigestWhenPresent
        if isCovered || isRequired || isPresent { note(MessageSignatureRefusal(error)) }
      }
    }

    mutating func checkTime(_ now: Instant) {
      probe?(.checkTime)
      guard let input = received?.input else { return }
      if let created = input.created {
        let age = now.milliseconds(since: Instant(secondsSinceEpoch: created))
        note(.tooOld, unless: age <= verifier.policy.maximumAgeSeconds * 1000)
        note(.tooNew, unless: -max(age, -.max) <= verifier.policy.maximumFutureSeconds * 1000)
      } else {
        note(.createdMissing)
      }
      if let expires = input.expires { note(.expired, unless: now <= Instant(secondsSinceEpoch: expires)) }
    }
  }
}

/// A signature that was checked under a policy. Only `MessageSignatureVerifier` makes one.
package struct VerifiedSignature: Sendable {
  package let label: String
  package let input: SignatureInput
  /// The bytes that were signed: by these a message is recognised when it comes again. Never by the signature, of
  /// which some algorithms allow several for the same bytes.
  package let base: [UInt8]
  /// The key that fitted.
  package let keyID: String?

  fileprivate init(received: ReceivedSignature, base: [UInt8], keyID: String?) {
    label = received.label
    input = received.input
    self.base = base
    self.keyID = keyID
  }
}
