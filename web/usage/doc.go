// Package usage records the use of sessions and of API keys: what people see of their sessions, and
// admins of keys. It decides nothing. A record that cannot be written is logged, and keeps nobody
// out.
package usage
