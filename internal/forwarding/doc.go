// Package forwarding is the Adapter: it has the files of the application, Service A, inspected by
// Service B, in the name of the client who sent them. The two services do not trust each other, and
// neither knows the Adapter.
//
// It hears of a file by events, and acts on what the client has handed over with the upload:
//
//  1. upload.requested brings a token of the client's that is made for Service B and this file. The
//     Adapter has the file's name looked at under the token itself. Then it asks Service B, under
//     the token, for a key that is good for this one document and as long as an upload may take,
//     and keeps it sealed with what is known of the file.
//  2. object.finalized says that the file has arrived. If the key is not there yet, the message is
//     refused, so that it comes again. Otherwise a job is written down that forwards the file.
//  3. The job asks the application for the file, for which it has a ticket, and streams it to
//     Service B under the key, in parts. What Service B has acknowledged is not sent again.
//  4. Service B answers with the verdict, and the Adapter publishes it.
//
// Each step can be done twice, and begun again where it stopped: by this process or another. What
// the Adapter keeps is its own: it runs as an account that can make no token, reads no vault and
// reaches no tenant's data. While it is unplugged, its subscription waits. Should the client's
// token have died by then, the file waits for its owner. A message that cannot be read goes back to
// the application, where operators see it and why, and can have it published again.
package forwarding
