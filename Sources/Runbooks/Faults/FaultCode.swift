/// Every fault that a document can have, with a stable number. The one list of this room.
package enum FaultCode: String, Sendable, CaseIterable {
  // Reading
  case syntax = "D100"
  case notADocument = "D101"
  case unknownKey = "D102"
  case missingKey = "D103"
  case wrongType = "D104"
  case badValue = "D105"
  case duplicateName = "D106"
  case badName = "D107"
  case reservedName = "D108"
  case conflictingKeys = "D109"
  // Texts with a syntax of their own
  case badPath = "D110"
  case badTemplate = "D111"
  case badBody = "D112"
  case badURL = "D113"
  case badHeader = "D114"
  /// A name that no list can show as it is.
  case unshownName = "D115"
  // What this release does not do
  case later = "D120"
  case degraded = "D121"
  // The graph
  case danglingEdge = "D130"
  case noStart = "D131"
  case twoStarts = "D132"
  case unreachable = "D133"
  case equalEdges = "D134"
  case edgeDisagrees = "D135"
  case missingEdge = "D136"
  case noEnd = "D137"
  case unmatchedIteration = "D138"
  case cannotBeActive = "D139"
  /// A step starts its own runbook again.
  case selfStart = "D147"
  // Names that must lead somewhere
  case unknownMethod = "D140"
  case unknownName = "D141"
  case notFromThisStart = "D142"
  case badOutput = "D143"
  case duplicateDocument = "D144"
  case unsafeRepetition = "D145"
  case authorizationTwice = "D146"
  case waitTooLong = "D148"
  case fewElements = "D149"
  case starterNeeded = "D158"
  // Secrecy and access
  case clearSecret = "D150"
  case noAuthentication = "D151"
  case secretInURI = "D152"
  case timestampNotSigned = "D153"
  case adviseAuthorization = "D154"
  case ambiguousSealedRow = "D155"
  case encryptedNameInURL = "D156"
  case maskWrittenBack = "D157"
  // Signatures
  case badScheme = "D180"
  case schemeWarning = "D181"
  case schemeRemark = "D182"
  case keyEnds = "D183"
  case replayOff = "D184"
  /// Two deliveries of one second look alike, so that the second starts nothing.
  case deliveriesLost = "D185"
  /// A named key that is not there, or does not do what it is named for.
  case keyDoesNotFit = "D186"
  // Where secrets go
  case secretInURL = "D170"
  case secretToOtherHost = "D171"
  case secretInPlainVariable = "D172"
  case secretKept = "D173"
  case conditionNotAllowed = "D174"
  case conditionTells = "D175"
  case removedFromLog = "D176"
  // Handshakes
  case handshakeDoesNotFit = "D190"
  case handshakeComputesForAnybody = "D191"
  case handshakeBringsKey = "D192"
  case handshakeCallsOut = "D193"
  // SQL
  case badSQL = "D200"
  case unknownSource = "D201"
  case plainConnection = "D202"
  // Vendor documents
  case vendorKeyKept = "D160"
  case vendorNumberUnknown = "D161"
  case widensAccess = "D162"
  case unsupportedStep = "D163"
  case outgoingWebhook = "D164"
  case bodyNotSent = "D165"
  case readAs = "D166"
  case unsupportedAuthorization = "D167"

  /// Advice about a document that is right as it is: `check` prints it, `import` does not.
  package var isAdvice: Bool {
    switch self {
    case .adviseAuthorization, .schemeRemark: true
    default: false
    }
  }
}
