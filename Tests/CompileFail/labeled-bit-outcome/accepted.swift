// The answer of a condition is let out and counted by `DisclosedBits` only.
import Labels

func snippet(bit: LabeledBit) {
  _ = bit.label
}
