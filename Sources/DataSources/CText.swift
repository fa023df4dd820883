import Cryptography
import Glibc

/// A text that ends in NUL, for a C library. It is erased before its memory is given back.
final class CText {
  private let storage: UnsafeMutablePointer<CChar>
  private let count: Int

  convenience init(_ text: String) { self.init(bytes: Array(text.utf8)) }

  /// What stands behind a NUL is not seen by whoever reads it.
  init(bytes: [UInt8]) {
    count = bytes.count
    storage = .allocate(capacity: bytes.count + 1)
    for (index, byte) in bytes.enumerated() { storage[index] = CChar(bitPattern: byte) }
    storage[count] = 0
  }

  init(_ secret: GuardedBytes) {
    count = secret.count
    storage = .allocate(capacity: secret.count + 1)
    storage[count] = 0
    secret.withBytes { bytes in
      for (index, byte) in bytes.enumerated() { storage[index] = CChar(bitPattern: byte) }
    }
  }

  var pointer: UnsafePointer<CChar>? { UnsafePointer(storage) }

  func erase() { explicit_bzero(storage, count) }

  deinit {
    erase()
    storage.deallocate()
  }
}
