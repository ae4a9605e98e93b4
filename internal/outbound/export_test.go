package outbound

// Guard asks the guard about an address as a dialer does.
func Guard(network, address string) error { return guard.Safe(network, address, nil) }

// Public reports whether an environment's proxy or a kept connection could carry a call.
func (c *Client) Public() (proxy, keepAlive bool) {
	return c.public.Proxy != nil || c.excepted.Proxy != nil,
		!c.public.DisableKeepAlives || !c.excepted.DisableKeepAlives
}
