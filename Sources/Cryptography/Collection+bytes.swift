extension Collection where Element == UInt8 {
  /// The bytes as one piece of memory; those of a collection that lies scattered are copied first (in ordinary
  /// memory: keys come as `GuardedBytes`, never as a collection).
  ///
  /// Inlinable, as are the other generic functions of this room: where they are not specialised for their caller, the
  /// look-up of generic metadata costs more than the cryptography. (Members of a `package` type are specialised by
  /// other targets only if the type is `@usableFromInline` too.)
  @inlinable
  package func withRawBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    let direct: Result<R, E>? = withContiguousStorageIfAvailable { elements in
      do throws(E) {
        return .success(try body(UnsafeRawBufferPointer(elements)))
      } catch {
        return .failure(error)
      }
    }
    if let direct { return try direct.get() }
    let copied: Result<R, E> = ContiguousArray(self).withUnsafeBytes { bytes in
      do throws(E) {
        return .success(try body(bytes))
      } catch {
        return .failure(error)
      }
    }
    return try copied.get()
  }
}

extension UnsafeRawBufferPointer {
  /// C functions want an address even where there are no bytes.
  var addressOrPlaceholder: UnsafePointer<UInt8> {
    (baseAddress ?? UnsafeRawPointer(Self.placeholder.utf8Start)).assumingMemoryBound(to: UInt8.self)
  }

  private static var placeholder: StaticString { "\0" }
}

extension UnsafeMutableRawBufferPointer {
  /// The address of an output. Outputs of this room are never missing, even where they hold no bytes.
  var outputAddress: UnsafeMutablePointer<UInt8> {
    guard let baseAddress else { preconditionFailure("an output without memory") }
    return baseAddress.assumingMemoryBound(to: UInt8.self)
  }
}
