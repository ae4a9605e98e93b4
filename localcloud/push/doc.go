// Package push sends the requests that services of the local cloud make by themselves: Pub/Sub's
// pushes and Cloud Scheduler's ticks.
//
// A request goes where its service was told to send it and nowhere else: redirects are not
// followed, no proxy is asked, and unless [Config.Allow] says otherwise only loopback addresses are
// reached, looked at again when the connection is made. The OIDC token that a request carries is
// issued as Google issues it, in the name of an account that whoever configured the request may act
// as, and is verified by the keys that package iam serves.
package push
