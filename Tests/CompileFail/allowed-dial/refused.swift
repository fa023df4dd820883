// Only `EgressRules.check` makes the proof that a destination was checked.
import Destinations

func snippet(rules: EgressRules, url: CanonicalURL, address: IPAddress) {
  // expect: 'AllowedDial' initializer is inaccessible due to 'private' protection level
  _ = AllowedDial(scheme: url.scheme, hostPort: url.origin, address: address)
}
