package door

import "github.com/bulkhead-saas/bulkhead/web/browser"

// hasCookie finds the sealed session of the workspace: exactly one.
func (d *Door) hasCookie(a *attempt) (err error) {
	a.sealed, err = browser.ReadCookie(a.request, browser.CookieName(a.selector.Slug()))
	return err
}

// hasOperatorCookie finds the sealed session of an operator: exactly one.
func (d *Door) hasOperatorCookie(a *attempt) (err error) {
	a.sealed, err = browser.ReadCookie(a.request, browser.OperatorCookie)
	return err
}
