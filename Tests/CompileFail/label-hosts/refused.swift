// Nothing adds a host to a label.
import Labels

func snippet(label: inout Label) {
  // expect: cannot assign to property: 'hosts' is a 'let' constant
  label.hosts = .any
}
