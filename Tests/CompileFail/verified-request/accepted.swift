// Only the verifier makes a verified request: an endpoint cannot start a run from a raw one.
import Webhooks

func snippet(request: VerifiedRequest) {
  _ = request.endpointID
}
