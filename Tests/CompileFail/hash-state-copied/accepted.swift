// The state of a hash or MAC, which may hold key material, cannot be copied.
import Cryptography

func snippet(state: consuming BLAKE2b) {
  let second = state
  _ = consume second
}
