// Only `EgressRules.check` makes the proof that a destination was checked.
import Destinations

func snippet(rules: EgressRules, url: CanonicalURL, address: IPAddress) {
  _ = rules.check(url: url, resolved: address)
}
