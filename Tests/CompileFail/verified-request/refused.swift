// Only the verifier makes a verified request: an endpoint cannot start a run from a raw one.
import Webhooks

func snippet(request: VerifiedRequest) {
  // expect: 'VerifiedRequest' initializer is inaccessible due to 'fileprivate' protection level
  _ = VerifiedRequest.init(_:_:run:now:cutsAuthorization:isOwnToken:)
}
