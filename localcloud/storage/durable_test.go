package storage_test

func serveUntilKilled(dir string) {}
