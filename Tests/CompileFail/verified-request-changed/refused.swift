// What was verified cannot be changed afterwards.
import Webhooks

func snippet(request: inout VerifiedRequest) {
  // expect: cannot assign to property: 'body' is a 'let' constant
  request.body = []
}
