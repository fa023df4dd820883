// No part of a labelled value comes out of `Labels` either.
import Labels

func snippet(text: LabeledText) {
  // expect: 'sliced' is inaccessible due to 'internal' protection level
  _ = text.sliced(0..<1, form: .text)
}
