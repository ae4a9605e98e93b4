package identityplatform

// Refusal is what an answer of Identity Platform's other than 200 means.
var Refusal = refusal
