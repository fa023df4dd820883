// The byte-wise encoder behind the transforms takes a closure, and is not to be had outside.
import Labels

func snippet(text: LabeledText) {
  // expect: 'rewritten' is inaccessible due to 'internal' protection level
  _ = text.rewritten(as: .text) { Array($0) }
}
