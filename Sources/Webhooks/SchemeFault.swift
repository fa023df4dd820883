package import SourceText

/// What is wrong with a file of schemes, and where.
package struct SchemeFault: Error, Hashable, Sendable {
  package enum Cause: Hashable, Sendable {
    /// The file is not the YAML or JSON that we read.
    case source(SourceFault)
    case scheme(WebhookFault)
  }

  package let place: SourcePlace
  package let cause: Cause

  init(_ cause: WebhookFault, at place: SourcePlace) {
    self.place = place
    self.cause = .scheme(cause)
  }

  init(_ fault: SourceFault) {
    place = fault.place
    cause = .source(fault)
  }

  /// The message without the place.
  package var message: String {
    switch cause {
    case .source(let fault): fault.message
    case .scheme(let fault): fault.message
    }
  }

  /// `file:line:column: error: message`.
  package var rendered: String {
    switch cause {
    case .source(let fault): fault.rendered
    case .scheme(let fault): "\(place.rendered): error: \(fault.message)"
    }
  }
}

/// All that is wrong with a file of schemes: the first fault of each scheme.
package struct SchemeFaults: Error, Hashable, Sendable {
  package let faults: [SchemeFault]
}
