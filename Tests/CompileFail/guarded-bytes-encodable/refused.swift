// Key bytes are not `Codable`.
import Cryptography

func write(_ value: some Encodable) {}

func snippet(bytes: GuardedBytes) {
  // expect: requires that 'GuardedBytes' conform to 'Encodable'
  write(bytes)
}
