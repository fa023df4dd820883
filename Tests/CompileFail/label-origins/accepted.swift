// Nothing takes an origin away from a label.
import Labels

func snippet(label: inout Label) {
  label = label.joined(with: .clear)
}
