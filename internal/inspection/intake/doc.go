// Package intake is what Service B does with a file: it receives it in parts, has it inspected, and
// keeps what came of that.
//
//	receiving ──last byte──> inspecting ──> done
//	    │                        │
//	    └──────── failed <───────┘        a failed one may begin again
//
// A process may die at any point. What was acknowledged is in the database and the bucket by then;
// what is to be done next is among what is due, and [Intake.Run] finds it there, in this process or
// another one. A process that inspects holds a lease and renews it, so an inspection whose process
// died begins again as soon as the lease is over. One that has cost several processes their lives
// is not begun again.
//
//	intake.go   announce, ask, try again, erase
//	receive.go  one part
//	inspect.go  one inspection
//	tend.go     what is due
//	slots.go    how many inspections at once
package intake
