package exempted

// last is exempt, somebody thought.
//
//isolint:allow state it is only for a moment
var last int // want:-1 "exemption: nobody is exempt from rule state"

func Set(n int) {
	last = n //isolint:allow state nobody looks // want "state: last is changed" "exemption: nobody is exempt from rule state"
}
