// Package recordcache remembers records of the control plane's database for a few seconds, and also
// that a record does not exist. The registry, the API keys and the list of operators share it.
package recordcache
