/// The bytes that are signed (RFC 9421 §2.5).
package struct SignatureBase: Sendable {
  package let bytes: [UInt8]
  /// The first component that has no value in this message; then the bytes are no base, and good for nothing but to
  /// take the time that a base takes.
  package let fault: ComponentFault?
  /// That component.
  let faulty: ComponentIdentifier?

  /// - Parameter request: the request that the message answers, where it is a response and components with `req` are
  ///   covered.
  package init(
    _ input: SignatureInput, of message: HTTPMessage, answering request: HTTPMessage? = nil,
    fieldTypes: StructuredFieldTypes = .registered
  ) {
    let values = ComponentValues(message: message, request: request, fieldTypes: fieldTypes)
    var bytes: [UInt8] = []
    var fault: ComponentFault?
    var faulty: ComponentIdentifier?
    for component in input.components {
      bytes += component.serialized
      bytes += [0x3A, 0x20]
      do throws(ComponentFault) {
        bytes += try values.value(of: component)
      } catch {
        fault = fault ?? error
        faulty = faulty ?? component
      }
      bytes.append(0x0A)
    }
    bytes += Array("\"@signature-params\": ".utf8)
    bytes += input.serialized
    self.bytes = bytes
    self.fault = fault
    self.faulty = faulty
  }

  /// The value of one component, as it stands in the base.
  package static func value(
    of component: ComponentIdentifier, in message: HTTPMessage, answering request: HTTPMessage? = nil,
    fieldTypes: StructuredFieldTypes = .registered
  ) throws(ComponentFault) -> [UInt8] {
    try ComponentValues(message: message, request: request, fieldTypes: fieldTypes).value(of: component)
  }
}
