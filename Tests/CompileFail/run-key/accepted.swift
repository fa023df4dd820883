// Only the run-key file makes run keys.
import Keyring

func snippet(key: RunKey) {
  _ = key.slot
}
