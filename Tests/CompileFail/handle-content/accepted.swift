// The engine holds handles: there is no content in them.
import Labels

func snippet(handle: ValueHandle) {
  _ = handle.label
}
