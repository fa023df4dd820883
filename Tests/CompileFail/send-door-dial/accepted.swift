// The send door demands the proof of a checked destination, not an address.
import Destinations
import Labels

func snippet(
  door: SendDoor, request: RenderedRequest, url: CanonicalURL, dial: AllowedDial, known: inout SecretRegistry
) {
  _ = door.open(request, for: dial, registry: &known)
}
