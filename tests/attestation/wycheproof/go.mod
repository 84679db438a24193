// Test vectors only; nothing is built. `go mod download` fetches them, and tests/attestation/test_wycheproof.py reads them.
module wycheproof

go 1.21

require github.com/c2sp/wycheproof v0.0.0-20260902155932-3fa63dd0344a
