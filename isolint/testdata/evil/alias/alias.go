package alias

import "cloud.google.com/go/storage"

type Files = storage.Client // want "value: storage.Client is named without a pointer"

type Copy storage.Client // want "value: storage.Client is named without a pointer"

var files = &Files{} // want "value: .* is named without a pointer" "keep: package variable files"

func Use() *Files { return files }
