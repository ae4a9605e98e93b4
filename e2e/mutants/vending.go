package main

// vendingMutants are defects in what a caller may touch.
var vendingMutants = []mutant{}
