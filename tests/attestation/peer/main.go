// Judges roots, inclusion and consistency proofs of RFC 9162 with the transparency-dev module: standard input is one
// JSON document {"entries", "cases"}, standard output a list with "" for each case that holds and an error otherwise.
package main

import (
	"bytes"
	"crypto"
	_ "crypto/sha256"
	"encoding/json"
	"fmt"
	"os"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

type question struct {
	Kind    string   `json:"kind"`
	Index   uint64   `json:"index"`
	Size    uint64   `json:"size"`
	Leaf    []byte   `json:"leaf"`
	Path    [][]byte `json:"path"`
	OldRoot []byte   `json:"old_root"`
	Root    []byte   `json:"root"`
}

func main() {
	var input struct {
		Entries [][]byte   `json:"entries"`
		Cases   []question `json:"cases"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		panic(err)
	}
	hasher := rfc6962.New(crypto.SHA256)
	answers := make([]string, len(input.Cases))
	for i, item := range input.Cases {
		if err := judge(hasher, input.Entries, item); err != nil {
			answers[i] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}

func judge(hasher *rfc6962.Hasher, entries [][]byte, item question) error {
	switch item.Kind {
	case "root":
		factory := compact.RangeFactory{Hash: hasher.HashChildren}
		row := factory.NewEmptyRange(0)
		for _, entry := range entries[:item.Size] {
			if err := row.Append(hasher.HashLeaf(entry), nil); err != nil {
				return err
			}
		}
		root := hasher.EmptyRoot()
		if item.Size > 0 {
			var err error
			if root, err = row.GetRootHash(nil); err != nil {
				return err
			}
		}
		if !bytes.Equal(root, item.Root) {
			return fmt.Errorf("root %x", root)
		}
		return nil
	case "inclusion":
		return proof.VerifyInclusion(hasher, item.Index, item.Size, item.Leaf, item.Path, item.Root)
	case "consistency":
		return proof.VerifyConsistency(hasher, item.Index, item.Size, item.Path, item.OldRoot, item.Root)
	}
	return fmt.Errorf("no such kind: %s", item.Kind)
}
