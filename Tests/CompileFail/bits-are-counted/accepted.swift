// The count of disclosed bits cannot be set back.
import Labels

func snippet(bits: inout DisclosedBits) {
  _ = bits.counts
}
