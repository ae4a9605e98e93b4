// Package sandbox inspects a file in a process of its own, which the system ends when it takes too
// much. Decoders are other people's code that reads hostile bytes: whatever one of them does, the
// process that serves people goes on.
//
// The service starts its own program again, with [Argument] alone, an empty environment and the
// root folder. The child asks for pieces of the file over a pipe, so neither process holds the file
// in memory or on a disk, and the child needs no credential, no folder and no network. Before it
// reads the first byte it limits itself: see [Confine]. The limits are the system's, and a process
// cannot raise them again.
//
// What the child answers is read as hostile too: it is bounded in size, and of its form or nothing.
//
//	runner.go        the side of the service
//	child.go         the side of the child
//	pipe.go          how the child asks for pieces of the file
//	confine_linux.go what the child does to itself
//
// The child is not cut off from the network, and runs as the same user of the system. What keeps a
// decoder from calling anybody is that all of them are memory-safe Go.
package sandbox
