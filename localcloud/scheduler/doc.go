// Package scheduler is the local cloud's Cloud Scheduler: google.cloud.scheduler.v1 as Google's
// clients speak it, with Google's IAM enforced on every call.
//
// A job has a schedule, in the five fields of cron and in a time zone, and a target: an HTTP
// request with its headers and body. When the job is due by the cloud's clock, the service sends
// that request, with an OIDC token of Google's if the job asks for one. Whoever makes such a job
// needs iam.serviceAccounts.actAs on the account that the token names.
//
// # Executions
//
// At least once. An execution is on disk before its first attempt is made, and leaves it when an
// attempt was answered with a 2xx status, or when the retries are used up. What was under way when
// the process was killed is attempted again. A job never has two executions by its schedule at a
// time: one that is due waits for the one before. A job that is due again before its retries are
// used up gives them up.
//
// When the clock jumps over several due times of a job, the job is executed once, for the first of
// them, and goes on with the next that is yet to come. So it does when the process has not run for
// a while.
//
// The deadline of an attempt is measured in real time: it is how long the target may take. All
// other times are the cloud's.
//
// # What is not there
//
// Targets in Pub/Sub and App Engine, OAuth tokens, schedules in English ("every 5 minutes") and
// lists of locations: asking for one is refused as Unimplemented. Any location that has the form of
// one of Google's is taken.
package scheduler
