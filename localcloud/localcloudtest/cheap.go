package localcloudtest

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"

	"github.com/bulkhead-saas/bulkhead/localcloud"
)

// Cheap returns cfg for a cloud that is thrown away: what is dear in making one is done once a
// process, or badly. Within one folder no two keys are alike, but all folders begin with the same.
func Cheap(cfg localcloud.Config) localcloud.Config {
	cfg.NewKey = func() (*rsa.PrivateKey, error) { return nextKey(cfg.Dir) }
	cfg.WeakPasswords = true
	return cfg
}

// made holds the RSA keys of this process, in the order in which each folder gets them.
var made = struct {
	sync.Mutex
	keys []*rsa.PrivateKey
	used map[string]int // by folder
}{used: map[string]int{}}

func nextKey(folder string) (*rsa.PrivateKey, error) {
	made.Lock()
	defer made.Unlock()
	n := made.used[folder]
	if n == len(made.keys) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		made.keys = append(made.keys, key)
	}
	made.used[folder] = n + 1
	return made.keys[n], nil
}
