package unsafeconversion

import (
	"unsafe" // want "bypass: import of unsafe"

	"cloud.google.com/go/storage"
)

type twin struct{ anything [64]uintptr }

func All(t *twin) {
	_ = (*storage.Client)(unsafe.Pointer(t)) // want "value: conversion to \\*storage.Client"
}
