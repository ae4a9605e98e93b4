// Package sealing seals values with the keys of the setting BULKHEAD_SEALING_KEYSET: what a browser
// keeps for us, and secrets that are stored.
//
// Each value is sealed for a purpose, which is the associated data of the encryption: it says what
// the value is and whose. What was sealed for one purpose opens for no other, so a value of one
// tenant is nothing at another tenant. No state is kept: any instance can open what another has
// sealed.
//
// A purpose is part of each sealed value. If a purpose is changed, nothing that was sealed for it
// before opens any more: sessions end, and secrets that are stored are lost.
package sealing
