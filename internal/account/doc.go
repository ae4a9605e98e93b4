// Package account is what people do about their own accounts: a new password for one that was
// forgotten, another password, another address, and the erasure of the account.
//
// Each of these asks for the present password, or for a code that was mailed, and ends sessions. A
// mailed code is kept as a digest, is good once and for an hour. Whoever asks for a letter learns
// nothing of who is there: whether anybody has an address is looked up when the letter is composed,
// by a worker: see package mail.
//
// What an admin does about somebody else's account is in package people.
package account
