// Package viewtest holds what is asked of every page and fragment. Each feature hands its samples
// to Check.
package viewtest

import "testing"

// Check holds every sample to what is asked of all of them: text stays text, addresses lead
// somewhere, classes are known to the style sheet, pages work with keyboards and screen readers and
// under the content security policy, and fragments are what their golden files in testdata say.
func Check(t *testing.T, samples Samples) {
	t.Helper()
	t.Run("text stays text", func(t *testing.T) { textStaysText(t, samples) })
	t.Run("references", func(t *testing.T) { references(t, samples) })
	t.Run("classes", func(t *testing.T) { classes(t, samples) })
	t.Run("sound", func(t *testing.T) { sound(t, samples) })
	t.Run("golden", func(t *testing.T) { golden(t, samples) })
}
