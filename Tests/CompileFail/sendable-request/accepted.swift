// Only the send door makes what can be written on the wire.
import Labels

func snippet(request: SendableRequest) {
  _ = request.record
}
