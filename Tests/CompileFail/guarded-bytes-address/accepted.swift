// The address of key bytes is lent by closure only.
import Cryptography

func snippet(bytes: GuardedBytes) {
  _ = bytes.count
}
