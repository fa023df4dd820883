// Key bytes are no collection: they do not become an array by themselves.
import Cryptography

func snippet(bytes: GuardedBytes) {
  // expect: no exact matches in call to initializer
  _ = [UInt8](bytes)
}
