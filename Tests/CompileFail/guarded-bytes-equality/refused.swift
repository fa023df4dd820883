// Key bytes are compared in constant time only.
import Cryptography

func snippet(left: GuardedBytes, right: GuardedBytes) {
  // expect: requires that 'GuardedBytes' conform to 'Equatable'
  _ = left == right
}
