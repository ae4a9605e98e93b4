package tenant

import "time"

// MaxSession is how long after its exchange a session ends, however often it is refreshed. A
// refresh token has no end of its own, so this is what bounds one that was copied.
const MaxSession = 24 * time.Hour
