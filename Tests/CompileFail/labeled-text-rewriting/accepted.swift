// The byte-wise encoder behind the transforms takes a closure, and is not to be had outside.
import Labels

func snippet(text: LabeledText) {
  _ = Transforms.percentEncoded(text, for: .unreservedOnly)
}
