// The answer of a condition is let out and counted by `DisclosedBits` only.
import Labels

func snippet(bit: LabeledBit) {
  // expect: 'outcome' is inaccessible due to 'internal' protection level
  _ = bit.outcome
}
