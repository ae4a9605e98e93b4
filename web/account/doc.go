// Package account is the feature by which people look after their own account: password, address,
// and its end. What needs no session comes from a letter.
//
//	GET  /t/acme/password/forgotten   ForgottenPage
//	POST /t/acme/password/forgotten   email: ForgottenPage with Asked, whoever has the address
//	GET  /t/acme/password/new         NewPasswordPage: the letter's link, with the code after the hash
//	POST /t/acme/password/new         code, password: 303 to the sign-in page
//	GET  /t/acme/address/confirm      ConfirmPage: the same
//	POST /t/acme/address/confirm      code: 303 to the sign-in page
//
//	GET  /t/acme/account              Page
//	POST /t/acme/account/password     present, password: 303, with a new session
//	POST /t/acme/account/address      present, email: 303
//	GET  /t/acme/account/erase        ErasePage
//	POST /t/acme/account/erase        present: 303 to the sign-in page
//
// Handles for tests: those of the kit.
package account
