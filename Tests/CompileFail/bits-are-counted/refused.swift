// The count of disclosed bits cannot be set back.
import Labels

func snippet(bits: inout DisclosedBits) {
  // expect: 'counts' setter is inaccessible
  bits.counts = [:]
}
