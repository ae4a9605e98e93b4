package browser

// WriteCookie is what tests of cookies need.
var WriteCookie = writeCookie
