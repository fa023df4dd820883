// The address of key bytes is lent by closure only.
import Cryptography

func snippet(bytes: GuardedBytes) {
  // expect: 'address' is inaccessible due to 'internal' protection level
  _ = bytes.address
}
