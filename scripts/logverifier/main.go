// SPDX-License-Identifier: Apache-2.0

// Logverifier checks a log that Taffrail wrote with nothing of Taffrail in it: the notes, tiles and proofs are those of Go's
// checksum database, from Debian's golang-golang-x-mod-dev.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o logverifier .
//	logverifier DIR VKEY
//
// It prints one line with size and root, or what is wrong, and then ends with status 1.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height     = 8
	tileWidth  = 1 << height
	proofCount = 64
	pairCount  = 64
)

// emptyRoot is the hash of nothing, as RFC 6962 has it; the checksum database has zeros.
var emptyRoot = tlog.Hash(sha256.Sum256(nil))

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: logverifier DIR VKEY")
		os.Exit(2)
	}
	tree, err := verify(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "logverifier:", err)
		os.Exit(1)
	}
	fmt.Printf("size %d root %s\n", tree.N, tree.Hash)
}

func verify(dir, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("the vkey cannot be used: %v", err)
	}
	log := &files{dir: dir}
	tree, err := log.checkpoint("checkpoint", verifier)
	if err != nil {
		return tree, err
	}
	if err := log.checkTiles(tree); err != nil {
		return tree, err
	}
	hashes := tlog.TileHashReader(tree, log)
	leaves, err := log.checkEntries(tree, hashes)
	if err != nil {
		return tree, err
	}
	if err := checkInclusion(tree, hashes, leaves); err != nil {
		return tree, err
	}
	return tree, log.checkHistory(tree, hashes, verifier)
}

// files reads a log's folder, and is a tlog.TileReader over it.
type files struct{ dir string }

func (f *files) Height() int                                { return height }
func (f *files) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (f *files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		bytes, err := f.tile(tile)
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

// path gives a tile's place in C2SP tlog-tiles, which leaves the height out and calls the data tiles entries.
func path(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return filepath.Join("tile", strings.Replace(path, "data/", "entries/", 1))
}

// read returns the bytes of a tile, cut from the full one if the partial one is gone, and whether they had to be.
func (f *files) read(tile tlog.Tile) ([]byte, string, bool, error) {
	name := path(tile)
	data, err := os.ReadFile(filepath.Join(f.dir, name))
	if err == nil || tile.W == tileWidth || !errors.Is(err, os.ErrNotExist) {
		return data, name, false, err
	}
	tile.W = tileWidth
	data, fullErr := os.ReadFile(filepath.Join(f.dir, path(tile)))
	if fullErr != nil {
		return nil, name, false, err
	}
	return data, path(tile), true, nil
}

func (f *files) tile(tile tlog.Tile) ([]byte, error) {
	data, name, isCut, err := f.read(tile)
	if err != nil {
		return nil, err
	}
	want := tile.W
	if isCut {
		want = tileWidth
	}
	if len(data) != want*tlog.HashSize {
		return nil, fmt.Errorf("%s holds %d bytes instead of %d", name, len(data), want*tlog.HashSize)
	}
	return data[:tile.W*tlog.HashSize], nil
}

// checkpoint reads a note, checks its signature and parses its text.
func (f *files) checkpoint(name string, verifier note.Verifier) (tlog.Tree, error) {
	var tree tlog.Tree
	data, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, fmt.Errorf("%s: %v", name, err)
	}
	// note.Open passes over unused bits in base64: a byte that was changed there would not be seen.
	for _, line := range strings.Split(strings.TrimSuffix(string(data[len(opened.Text)+1:]), "\n"), "\n") {
		signature := line[strings.LastIndexByte(line, ' ')+1:]
		if _, err := base64.StdEncoding.Strict().DecodeString(signature); err != nil {
			return tree, fmt.Errorf("%s: the signature is not strict base64: %v", name, err)
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tree, fmt.Errorf("%s is no checkpoint of %s", name, verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tree, fmt.Errorf("%s: the size %q is malformed", name, lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tree, fmt.Errorf("%s: the root hash is malformed", name)
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// checkTiles holds every tile that the tree needs, and every partial form of it that is there, against the tiles below; the lowest
// are held against the entries later.
func (f *files) checkTiles(tree tlog.Tree) error {
	if tree.N == 0 {
		if tree.Hash != emptyRoot {
			return fmt.Errorf("the checkpoint of size 0 does not have the root of the empty tree")
		}
		return nil
	}
	below := [][]byte(nil)
	for level := 0; tree.N>>(height*level) > 0; level++ {
		var tiles [][]byte
		count := tree.N >> (height * level)
		for n := int64(0); n*tileWidth < count; n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: tileWidth}
			if rest := count - n*tileWidth; rest < tileWidth {
				tile.W = int(rest)
			}
			data, err := f.tile(tile)
			if err != nil {
				return err
			}
			for i := 0; level > 0 && i < tile.W; i++ {
				child := below[n*tileWidth+int64(i)]
				if root := tileRoot(child); !bytes.Equal(root[:], data[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
					return fmt.Errorf("hash %d of %s is not that of the tile below", i, path(tile))
				}
			}
			if err := f.checkPartials(tile, func(width int, found []byte) bool {
				return bytes.Equal(found, data[:width*tlog.HashSize])
			}); err != nil {
				return err
			}
			tiles = append(tiles, data)
		}
		below = tiles
	}
	return nil
}

// checkPartials calls isRight with each partial file of a tile that is not wider than the tile.
func (f *files) checkPartials(tile tlog.Tile, isRight func(width int, found []byte) bool) error {
	for width := 1; width < tileWidth && width <= tile.W; width++ {
		name := path(tlog.Tile{H: height, L: tile.L, N: tile.N, W: width})
		found, err := os.ReadFile(filepath.Join(f.dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !isRight(width, found) {
			return fmt.Errorf("%s is not the beginning of its tile", name)
		}
	}
	return nil
}

// tileRoot is the hash of the tree over a full tile.
func tileRoot(data []byte) tlog.Hash {
	if len(data) == tlog.HashSize {
		var hash tlog.Hash
		copy(hash[:], data)
		return hash
	}
	half := len(data) / 2
	return tlog.NodeHash(tileRoot(data[:half]), tileRoot(data[half:]))
}

// checkEntries holds every entry against the hash that the (authenticated) tiles have for it, and returns the hashes.
func (f *files) checkEntries(tree tlog.Tree, hashes tlog.HashReader) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for n := int64(0); n*tileWidth < tree.N; n++ {
		tile := tlog.Tile{H: height, L: -1, N: n, W: tileWidth}
		if rest := tree.N - n*tileWidth; rest < tileWidth {
			tile.W = int(rest)
		}
		data, name, isCut, err := f.read(tile)
		if err != nil {
			return nil, err
		}
		entries, err := split(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %v", name, err)
		}
		if len(entries) != tile.W && !isCut || len(entries) < tile.W {
			return nil, fmt.Errorf("%s holds %d entries instead of %d", name, len(entries), tile.W)
		}
		var indexes []int64
		for i := 0; i < tile.W; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n*tileWidth+int64(i)))
		}
		stored, err := hashes.ReadHashes(indexes)
		if err != nil {
			return nil, fmt.Errorf("the tiles do not give the root hash: %v", err)
		}
		length := 0
		ends := []int{0}
		for i, entry := range entries[:tile.W] {
			if tlog.RecordHash(entry) != stored[i] {
				return nil, fmt.Errorf("%s: entry %d does not have its hash", name, n*tileWidth+int64(i))
			}
			length += 2 + len(entry)
			ends = append(ends, length)
		}
		if err := f.checkPartials(tile, func(width int, found []byte) bool {
			return bytes.Equal(found, data[:ends[width]])
		}); err != nil {
			return nil, err
		}
		leaves = append(leaves, stored...)
	}
	return leaves, nil
}

// split divides a bundle into its entries, each after its length in two bytes.
func split(bundle []byte) ([][]byte, error) {
	var entries [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
			return nil, fmt.Errorf("it ends within entry %d of the file", len(entries))
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		entries = append(entries, bundle[2:end])
		bundle = bundle[end:]
	}
	return entries, nil
}

// checkInclusion proves the first, the last and some other entries, and checks the proofs.
func checkInclusion(tree tlog.Tree, hashes tlog.HashReader, leaves []tlog.Hash) error {
	if tree.N == 0 {
		return nil
	}
	random := rand.New(rand.NewSource(tree.N))
	indexes := []int64{0, tree.N - 1}
	for i := 0; i < proofCount; i++ {
		indexes = append(indexes, random.Int63n(tree.N))
	}
	for _, index := range indexes {
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			return fmt.Errorf("entry %d cannot be proved: %v", index, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]); err != nil {
			return fmt.Errorf("the proof of entry %d is wrong: %v", index, err)
		}
	}
	return nil
}

// checkHistory checks every published checkpoint, and that each is a prefix of the current one and some of each other.
func (f *files) checkHistory(tree tlog.Tree, hashes tlog.HashReader, verifier note.Verifier) error {
	entries, err := os.ReadDir(filepath.Join(f.dir, "checkpoints"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var history []tlog.Tree
	for _, entry := range entries {
		name := filepath.Join("checkpoints", entry.Name())
		old, err := f.checkpoint(name, verifier)
		if err != nil {
			return err
		}
		if strconv.FormatInt(old.N, 10) != entry.Name() {
			return fmt.Errorf("%s holds a checkpoint of size %d", name, old.N)
		}
		if old.N > tree.N {
			return fmt.Errorf("%s was published, but the checkpoint has size %d", name, tree.N)
		}
		if err := checkPrefix(old, tree, hashes); err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
		history = append(history, old)
	}
	sort.Slice(history, func(i, j int) bool { return history[i].N < history[j].N })
	random := rand.New(rand.NewSource(tree.N))
	for i := 0; i < pairCount && len(history) > 1; i++ {
		later := 1 + random.Intn(len(history)-1)
		earlier := random.Intn(later)
		if err := checkPrefix(history[earlier], history[later], hashes); err != nil {
			return fmt.Errorf("checkpoints %d and %d: %v", history[earlier].N, history[later].N, err)
		}
	}
	return nil
}

func checkPrefix(old, tree tlog.Tree, hashes tlog.HashReader) error {
	if old.N == 0 {
		if old.Hash != emptyRoot {
			return fmt.Errorf("the checkpoint of size 0 does not have the root of the empty tree")
		}
		return nil
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return fmt.Errorf("consistency cannot be proved: %v", err)
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}
