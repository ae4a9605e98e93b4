package idtoken

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// tokenCache remembers verified tokens, and only those, by their SHA-256: whoever reads the memory
// of it finds no token. It is bounded: a flood of tokens pushes out the least recently used of the
// same shard.
type tokenCache struct{ shards [cacheShards]cacheShard }

const cacheShards = 64 // a power of two

type cacheShard struct {
	mu  sync.Mutex
	lru *simplelru.LRU[[sha256.Size]byte, cachedToken]
	_   [48]byte // so that two shards share no cache line
}

type cachedToken struct {
	token Token
	until int64 // Unix nanoseconds
}

func newTokenCache(size int) *tokenCache {
	c := new(tokenCache)
	for i := range c.shards {
		// NewLRU fails for a size below one alone.
		c.shards[i].lru, _ = simplelru.NewLRU[[sha256.Size]byte, cachedToken]((size+cacheShards-1)/cacheShards, nil)
	}
	return c
}

// get returns the token of key, nil if it is not known or its time is over.
func (c *tokenCache) get(key [sha256.Size]byte, now time.Time) Token {
	s := &c.shards[key[0]%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.lru.Get(key)
	if !ok {
		return nil
	}
	if now.UnixNano() >= e.until {
		s.lru.Remove(key)
		return nil
	}
	return e.token
}

func (c *tokenCache) put(key [sha256.Size]byte, t Token, until time.Time) {
	s := &c.shards[key[0]%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lru.Add(key, cachedToken{t, until.UnixNano()})
}

// digest is sha256.Sum256 of a token of at most maxToken bytes. Its buffers save the copy that a
// conversion would allocate.
func digest(raw string) [sha256.Size]byte {
	buf := digestBuffers.Get().(*[maxToken]byte)
	defer digestBuffers.Put(buf)
	n := copy(buf[:], raw)
	sum := sha256.Sum256(buf[:n])
	clear(buf[:n])
	return sum
}

var digestBuffers = sync.Pool{New: func() any { return new([maxToken]byte) }}
