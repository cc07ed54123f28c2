package entitlement

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

// condition compares an attribute with a value.
type condition struct {
	attribute attribute
	op        operator
	negate    bool
	truth     bool           // of is
	list      []string       // sorted
	pattern   *regexp.Regexp // of matches
	low, high float64        // of numbers, both inclusive
	from, to  int64          // of dates in milliseconds, both inclusive
}

// operator is a way to compare. The operators for order are ranges.
type operator uint8

const (
	inList operator = iota + 1
	startsWith
	endsWith
	contains
	matches
	equal
	numberWithin
	is
	dateWithin
)

func (c *condition) verdict(attributes *Attributes) verdict {
	value, ok := c.attribute.of(attributes)
	if !ok {
		return no
	}
	v := c.compare(&value)
	if c.negate {
		return yes - v
	}
	return v
}

func (c *condition) compare(v *Value) verdict {
	if v.kind == kindUnclear {
		return doubtful
	}
	switch c.op {
	case inList:
		return verdictOf(v.kind == kindText && c.lists(v.text) || slices.ContainsFunc(v.list, c.lists))
	case equal:
		return verdictOf(v.kind == kindNumber && v.number == c.low)
	case is:
		return verdictOf(v.kind == kindBool && (v.number == 1) == c.truth)
	case numberWithin:
		n, ok := v.number, v.kind == kindNumber
		if v.kind == kindText {
			n, ok = number(v.text)
		}
		if ok {
			return verdictOf(c.low <= n && n <= c.high)
		}
	case dateWithin:
		if v.kind == kindDate {
			return verdictOf(c.from <= v.millis && v.millis <= c.to)
		}
	case contains:
		if v.kind == kindList {
			return verdictOf(slices.ContainsFunc(v.list, c.lists))
		}
		if v.kind == kindText {
			return verdictOf(c.any(v.text, strings.Contains))
		}
	case startsWith:
		if v.kind == kindText {
			return verdictOf(c.any(v.text, strings.HasPrefix))
		}
	case endsWith:
		if v.kind == kindText {
			return verdictOf(c.any(v.text, strings.HasSuffix))
		}
	case matches:
		if v.kind == kindText && len(v.text) <= maxMatchedBytes {
			return verdictOf(c.pattern.MatchString(units(v.text)))
		}
	}
	return doubtful
}

func (c *condition) lists(s string) bool {
	_, found := slices.BinarySearch(c.list, s)
	return found
}

func (c *condition) any(s string, test func(s, part string) bool) bool {
	for _, part := range c.list {
		if test(s, part) {
			return true
		}
	}
	return false
}

// setValue takes the operator by its name and the value as the snapshot has them, and
// reports whether it understands both.
func (c *condition) setValue(name, value string, patterns *patterns) bool {
	operand := [...]string{"list", "string", "number", "boolean", "date", "start", "end"}
	var in [len(operand)]string
	if !members(value, operand[:], in[:]) {
		return false
	}
	list, pattern, bound, truth, day, start, end := in[0], in[1], in[2], in[3], in[4], in[5], in[6]
	c.low, c.high = math.Inf(-1), math.Inf(1)
	c.from, c.to = math.MinInt64, math.MaxInt64
	var ok, ok2 bool
	switch name {
	case "in_list":
		c.op = inList
	case "starts_with":
		c.op = startsWith
	case "ends_with":
		c.op = endsWith
	case "contains":
		c.op = contains
	case "matches":
		c.op = matches
		var source string
		if source, ok = text(pattern); ok {
			c.pattern = patterns.compile(source)
			ok = c.pattern != nil
		}
	case "equal":
		c.op = equal
		c.low, ok = number(bound)
	case "greater_than", "greater_than_equal":
		c.op = numberWithin
		c.low, ok = number(bound)
		if name == "greater_than" {
			c.low = math.Nextafter(c.low, math.Inf(1))
		}
	case "lower_than", "lower_than_equal":
		c.op = numberWithin
		c.high, ok = number(bound)
		if name == "lower_than" {
			c.high = math.Nextafter(c.high, math.Inf(-1))
		}
	case "between_numeric":
		c.op = numberWithin
		c.low, ok = number(start)
		c.high, ok2 = number(end)
		ok = ok && ok2
	case "is":
		c.op = is
		c.truth, ok = boolean(truth)
	case "on":
		c.op = dateWithin
		c.from, ok = date(day)
		c.to = c.from
	case "on_or_after":
		c.op = dateWithin
		c.from, ok = date(day)
	case "on_or_before":
		c.op = dateWithin
		c.to, ok = date(day)
	case "between_date":
		c.op = dateWithin
		c.from, ok = date(start)
		c.to, ok2 = date(end)
		ok = ok && ok2
	}
	if c.op >= inList && c.op <= contains {
		c.list, ok = texts(list)
		slices.Sort(c.list)
	}
	return ok
}
