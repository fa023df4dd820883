// The state of a hash or MAC, which may hold key material, cannot be copied.
import Cryptography

func snippet(state: consuming BLAKE2b) {
  // expect: 'copy' cannot be applied to noncopyable types
  let second = copy state
  _ = consume second
}
