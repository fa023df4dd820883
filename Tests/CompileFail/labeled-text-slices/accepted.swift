// No part of a labelled value comes out of `Labels` either.
import Labels

func snippet(text: LabeledText) {
  _ = try? Transforms.slice(text, 0..<1)
}
