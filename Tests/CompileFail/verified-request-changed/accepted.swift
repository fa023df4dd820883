// What was verified cannot be changed afterwards.
import Webhooks

func snippet(request: inout VerifiedRequest) {
  _ = request.body
}
