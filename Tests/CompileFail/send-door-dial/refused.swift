// The send door demands the proof of a checked destination, not an address.
import Destinations
import Labels

func snippet(
  door: SendDoor, request: RenderedRequest, url: CanonicalURL, dial: AllowedDial, known: inout SecretRegistry
) {
  // expect: cannot convert value of type 'CanonicalURL' to expected argument type 'AllowedDial'
  _ = door.open(request, for: url, registry: &known)
}
