// No `if` branches on an answer that was not counted.
import Labels

func snippet(bit: LabeledBit, bits: inout DisclosedBits) throws {
  if try bits.disclose(bit) { return }
}
