// Nothing adds a host to a label.
import Labels

func snippet(label: inout Label) {
  label = label.restricted(to: .nowhere)
}
