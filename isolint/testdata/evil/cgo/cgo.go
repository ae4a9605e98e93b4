package cgo // want "bypass: the package uses cgo"

// int answer(void) { return 42; }
import "C"

func Answer() int { return int(C.answer()) }
