path "v1/kv/data/*" {
  capabilities = ["raed"]
}
path "v1/kv/data/x" {
  capabilites = ["read"]
}
