// A plain Merkle tree over transparency-dev/merkle: leaves hashed and appended to a compact range, then the root.
// Prints {"leaves", "seconds", "root"}; one goroutine, as the library has it.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
)

func main() {
	count, err := strconv.ParseUint(os.Args[1], 10, 64)
	if err != nil {
		panic(err)
	}
	start := time.Now()
	hasher := rfc6962.DefaultHasher
	factory := &compact.RangeFactory{Hash: hasher.HashChildren}
	tree := factory.NewEmptyRange(0)
	leaf := make([]byte, 40)
	for i := uint64(0); i < count; i++ {
		binary.BigEndian.PutUint64(leaf, i)
		if err := tree.Append(hasher.HashLeaf(leaf), nil); err != nil {
			panic(err)
		}
	}
	root, err := tree.GetRootHash(nil)
	if err != nil {
		panic(err)
	}
	out, _ := json.Marshal(map[string]any{"leaves": count, "seconds": time.Since(start).Seconds(), "root": fmt.Sprintf("%x", root)})
	fmt.Println(string(out))
}
