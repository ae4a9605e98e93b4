package pubsub

// PushClient is pushClient.
var PushClient = pushClient
