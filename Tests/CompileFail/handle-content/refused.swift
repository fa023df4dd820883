// The engine holds handles: there is no content in them.
import Labels

func snippet(handle: ValueHandle) {
  // expect: value of type 'ValueHandle' has no member 'text'
  _ = handle.text
}
