package vending

// OpenBuckets opens the Storage client of every caller that is warm, as their first use of it does.
func (m *Machine) OpenBuckets() {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, c := range m.warm {
		for _, caller := range c.all() {
			caller.bucket()
		}
	}
}
