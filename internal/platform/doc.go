// Package platform holds the clients of the platform's own accounts: the control plane's database,
// Identity Platform, and what makes tenants. No guard checks their requests. Their roles must be
// least privilege; package setup, below this one, is the list of those roles. isolint.json says
// which packages may call which method.
package platform
