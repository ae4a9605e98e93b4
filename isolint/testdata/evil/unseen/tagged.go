//go:build evil

package unseen // want "unseen: tagged.go is not part of this build"

import "cloud.google.com/go/storage"

var Open = storage.NewClient
