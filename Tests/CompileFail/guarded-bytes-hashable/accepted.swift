// Key bytes are not `Hashable`.
import Cryptography

func snippet(bytes: GuardedBytes) {
  let set: Set<Int> = [bytes.count]
  _ = set
}
