// No `if` branches on an answer that was not counted.
import Labels

func snippet(bit: LabeledBit, bits: inout DisclosedBits) throws {
  // expect: cannot convert value of type 'LabeledBit' to expected condition type 'Bool'
  if bit { return }
}
