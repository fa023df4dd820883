// Key bytes are no collection: they do not become an array by themselves.
import Cryptography

func snippet(bytes: GuardedBytes) {
  bytes.withBytes { _ = $0.count }
}
