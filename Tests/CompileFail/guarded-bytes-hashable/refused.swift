// Key bytes are not `Hashable`.
import Cryptography

func snippet(bytes: GuardedBytes) {
  // expect: type 'GuardedBytes' does not conform to protocol 'Hashable'
  let set: Set<GuardedBytes> = [bytes]
  _ = set
}
