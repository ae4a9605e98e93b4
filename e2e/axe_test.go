package e2e_test

import (
	"context"
	_ "embed"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe is axe-core (github.com/dequelabs/axe-core, MPL-2.0), as its package on npm has it.
//
//go:embed testdata/axe.min.js
var axe string

// askAxe runs rules of axe's, and returns what breaks them.
const askAxe = `((only) => axe.run(document, {
	...only, resultTypes: ["violations"], rules: {"target-size": {enabled: true}},
}).then(({violations}) =>
	violations.map(({id, help, nodes}) => ({id, help, at: nodes.map((node) => node.target.flat(9).join(" "))}))))`

// Which rules are asked for: all for the published standards and axe's best practices, with the
// size of targets (WCAG 2.2, 2.5.8), which axe leaves off by default; or those alone that look at
// colours. A theme changes nothing else, so a second theme is asked about these.
const (
	allRules  = `({})`
	ofColours = `({runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}})`
)

// sizes are of a phone's window and a laptop's, in CSS pixels.
var sizes = []struct {
	name          string
	width, height int64
}{{"390x844", 390, 844}, {"1280x900", 1280, 900}}

// accessible checks the page that is open in both sizes and both of the system's themes: axe finds
// nothing, and nothing is cut off or runs out of the window.
func (p *page) accessible(name string) {
	p.t.Helper()
	p.run("bring axe to "+name, chromedp.Evaluate[chromedp.Void](axe))
	for _, size := range sizes {
		p.window(size.width, size.height)
		for _, fault := range read[[]string](p, cut) {
			p.t.Errorf("%s, %s: %s", name, size.name, fault)
		}
		for _, look := range []struct{ theme, rules string }{{"light", allRules}, {"dark", ofColours}} {
			p.prefer(look.theme)
			for _, v := range p.violations(look.rules) {
				p.t.Errorf("%s, %s, %s: %s: %s\n\t%s", name, size.name, look.theme, v.ID, v.Help, strings.Join(v.At, "\n\t"))
			}
		}
	}
}

// violation is a rule of axe's that a page breaks, and the selectors of what breaks it.
type violation struct {
	ID, Help string
	At       []string
}

func (p *page) violations(rules string) []violation {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 45*time.Second)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](askAxe+rules, chromedp.EvalAwaitPromise))
	if err != nil {
		p.fail("ask axe", err)
	}
	return found
}

// window gives the page a window of that size.
func (p *page) window(width, height int64) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1,
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// prefer has the system prefer a theme, and nothing move.
func (p *page) prefer(theme string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	if err != nil {
		p.t.Fatal(err)
	}
}
