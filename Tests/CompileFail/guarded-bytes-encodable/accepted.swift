// Key bytes are not `Codable`.
import Cryptography

func write(_ value: some Encodable) {}

func snippet(bytes: GuardedBytes) {
  write(bytes.count)
}
