package zeroclient

import (
	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
)

type holder struct {
	byValue storage.Client // want "value: storage.Client is named without a pointer"
}

func All(files *storage.Client) {
	_ = &firestore.Client{} // want "value: firestore.Client is named without a pointer"
	_ = new(storage.Client) // want "value: storage.Client is named without a pointer"
	var c storage.Client    // want "value: storage.Client is named without a pointer"
	_ = &c
	_ = [1]storage.Client{} // want "value: storage.Client is named without a pointer"
	_ = holder{}
}
