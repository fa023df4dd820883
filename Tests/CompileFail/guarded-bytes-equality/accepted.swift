// Key bytes are compared in constant time only.
import Cryptography

func snippet(left: GuardedBytes, right: GuardedBytes) {
  _ = ConstantTime.areEqual(left, right)
}
