package oidc

import "maps"

// overlay returns base with what change says; a nil value takes a member out.
func overlay(base, change map[string]any) map[string]any {
	out := maps.Clone(base)
	for name, v := range change {
		if v == nil {
			delete(out, name)
		} else {
			out[name] = v
		}
	}
	return out
}
