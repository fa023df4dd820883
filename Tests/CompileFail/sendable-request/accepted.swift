// Only the send door makes what can be written on the wire.
import Destinations
import Labels

func snippet(dial: AllowedDial, request: SendableRequest) {
  _ = request.record
}
