// Package entitlement answers what a tenant or a user of Frontegg is entitled to, from
// a snapshot of the vendor's entitlements. It has no network, no clock and no state:
// [Parse] makes a [Snapshot] that never changes, and any number of goroutines ask it.
//
// # Rules
//
// A condition is yes, no or doubtful. Doubtful is what cannot be understood: an unknown
// operator, a value of the wrong form, a pattern that is not understood, an attribute of
// a type that the operator does not take. Negation turns yes and no, never doubt. An
// attribute that is missing is no, negated or not. "and" is yes when all are, "or" when
// one is; another word means "and", and no better than doubt unless all are yes.
//
// A rule that grants needs a yes; one that refuses does so on doubt too. So what is
// granted would be granted whatever a doubtful condition came to.
//
// # Types
//
// in_list, equal and is compare without conversion: a value of another type is another
// value. starts_with, ends_with, contains and matches take strings; contains and in_list
// take lists too, of which one member has to be in the condition's list. Numbers are
// compared by size with numbers and with strings that are a JSON number. Dates are
// compared with dates alone, to the millisecond; a string or a number is no date. Dates
// in conditions and expiries have the forms of ECMA-262 section 21.4.1.32 (RFC 3339 and
// shorter), without a zone they are UTC.
//
// # Patterns
//
// matches, which is not anchored, takes the regular expressions of ECMAScript without
// flags, as far as RE2 has them, so that matching takes linear time: those with
// lookaround or backreferences are doubtful, and so is a text above 4096 bytes. A
// character outside the Basic Multilingual Plane counts as two.
package entitlement
