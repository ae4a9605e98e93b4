package console

import "net/http"

const maxMail = 200

func (c *console) mail(*http.Request) (sheet, error) {
	box, err := c.Identity.Mailbox(maxMail)
	return sheet{Data: box}, err
}
