import Egress
import RunEngine
import Runbooks
import Testing

@testable import Runner

@Suite("What is said of an answer and of an authorisation is what holds")
struct ResponseBoundsTests {
  @Test("The most that a document may ask for is the most that the egress guard gives")
  func sameLimit() {
    #expect(Method.mostResponseBytes == EgressLimits().responseBodyBytes)
  }

  @Test("A missing authorisation names the integration that the step calls, and is true for one that was lost")
  func namedIntegration() {
    let reason = FailureReason.authorization(.notAuthorized)
    #expect(reason.sentence(callingIntegration: "crm").hasSuffix("`chancery authorize crm`."))
    #expect(reason.sentence(callingIntegration: nil).hasSuffix("`chancery authorize INTEGRATION`."))
    #expect(reason.sentence.contains("or not any more"))
    #expect(FailureReason.timeout.sentence(callingIntegration: "crm") == FailureReason.timeout.sentence)
  }
}
