// Package torture holds a consumer of messages against what delivery at least once can do to it:
// messages that come twice, under new names, out of order, or never; workers that die in the
// middle, and others that go on where they stopped.
//
// It knows no broker and no consumer. A consumer is a function that takes a message, and refuses it
// with an error; its state is a map, from whatever the messages are about to what is known of it;
// and a model says what that map must be, from the messages in the order in which they happened. So
// it can be pointed at a handler of HTTP, a subscription, or a function alone:
//
//	report, err := torture.Run(ctx, torture.Plan{
//		Seed: 1, Messages: messages, Duplicates: 0.2, Window: 500, Lost: 0.05,
//		Workers:   []torture.Deliver{a, b},
//		Reconcile: find what was lost,
//		State:     read what is known,
//		Model:     fold the messages,
//	})
//
// A report lists every difference between the state and the model, and every effect that took place
// more than once or not at all. The same seed delivers in the same order to the same workers.
package torture
