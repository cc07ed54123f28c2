package judge

import (
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// asked stands among the words of a query for a placeholder whose value is the
// caller's credential, given for any other.
const (
	asked = "?!"
	given = "?"
)

// marked is words with every placeholder replaced by [asked] or [given]. Where it
// cannot be told which value a placeholder gets, the only one there is gets it.
func marked(words []string, values []val) []string {
	credential := func(v val) bool { return taintOf(v)&tCred != 0 }
	count, numbered := 0, true
	for _, w := range words {
		switch {
		case w == given:
			count++
		case w[0] == '?' || w[0] == '$':
			n, err := strconv.Atoi(w[1:])
			count, numbered = max(count, n), numbered && err == nil && n > 0
		case placeholder(w):
			numbered = false
		}
	}
	if n := len(values) - 1; n >= 0 && count != len(values) {
		if spread, ok := values[n].(*list); ok && spread.open == nil {
			values = append(slices.Clip(values[:n]), spread.elems...)
		}
	}
	out := slices.Clone(words)
	next := 0
	for i, w := range words {
		if !placeholder(w) {
			continue
		}
		n := next
		if w == given {
			next++
		} else {
			n, _ = strconv.Atoi(w[1:])
			n--
		}
		out[i] = given
		if numbered && count == len(values) {
			if credential(values[n]) {
				out[i] = asked
			}
		} else if slices.ContainsFunc(values, credential) && !slices.ContainsFunc(words, func(o string) bool { return placeholder(o) && (o != w || o == given && count > 1) }) {
			out[i] = asked
		}
	}
	return out
}

func placeholder(w string) bool {
	return w[0] == '?' || len(w) > 1 && (w[0] == '$' || w[0] == '@' || w[0] == ':' && w != "::")
}

// pins says whether a statement finds or changes only rows of which a column equals
// what the caller has brought as a credential. CTEs are the names of earlier queries
// of which that holds.
func pins(words []string, ctes []string) bool {
	if len(words) == 0 {
		return false
	}
	switch words[0] {
	case "(":
		return closing(words, 0) == len(words)-1 && pins(words[1:len(words)-1], ctes)
	case "with":
		return pinsWith(words[1:], ctes)
	case "select":
		branches := cut(words, "union", "intersect", "except", "minus")
		for i, b := range branches {
			if i > 0 && len(b) > 0 && (b[0] == "all" || b[0] == "distinct") {
				branches[i] = b[1:]
			}
		}
		if len(branches) > 1 {
			return !slices.ContainsFunc(branches, func(b []string) bool { return !pins(b, ctes) })
		}
		if negates(words) {
			return false
		}
		from := clause(words, "from", "where", "group", "having", "order", "limit", "offset", "fetch", "for", "window", "into")
		if len(words) > 3 && words[1] == "exists" && from == nil {
			end := closing(words, 2) // whether there is one is what it yields
			rest := words[min(end+1, len(words)):]
			if len(rest) > 0 && rest[0] == "as" {
				rest = rest[1:]
			}
			return end < len(words) && pinsRow(words[3:end], ctes) && (len(rest) == 0 || len(rest) == 1 && word(rest[0]))
		}
		if pinsTables(from, ctes) {
			return true
		}
		// A table may be made of what the caller brings: (VALUES ($1)) AS v(t).
		return !slices.Contains(withoutOn(from), asked) && condition(where(words))
	case "update", "delete":
		return condition(where(words))
	}
	return false
}

// negates says whether what a statement yields is an aggregate that may be true because
// there is nothing, such as count(*) = 0.
func negates(words []string) bool {
	columns := words
	if from := slices.Index(words, "from"); from >= 0 {
		columns = words[:from]
	}
	for i, w := range columns[:max(len(columns)-1, 0)] {
		if columns[i+1] == "(" && aggregates(w) {
			return has(columns, "=", "==", "<", "<=", "<>", "!=", "not", "is", "case", "if", "iif", "-", "^", "xor", "in")
		}
	}
	return false
}

// pinsWith is pins for what stands after WITH.
func pinsWith(words, ctes []string) bool {
	if len(words) > 0 && words[0] == "recursive" {
		words = words[1:]
	}
	for {
		open := slices.Index(words, "as")
		if open < 1 {
			return false
		}
		name := words[0]
		for open++; open < len(words) && words[open] != "("; open++ { // NOT MATERIALIZED
		}
		end := closing(words, open)
		if end >= len(words) {
			return false
		}
		if inner := words[open+1 : end]; pinsRow(inner, ctes) {
			ctes = append(slices.Clip(ctes), name)
		} else if slices.Contains(inner, asked) {
			return false // its columns may be what the caller brings
		}
		words = words[end+1:]
		if len(words) == 0 || words[0] != "," {
			return pins(words, ctes)
		}
		words = words[1:]
	}
}

// pinsRow is pins for a query whose rows another one takes: an aggregate has one in
// any case.
func pinsRow(words, ctes []string) bool {
	for len(words) > 0 && words[0] == "(" && closing(words, 0) == len(words)-1 {
		words = words[1 : len(words)-1]
	}
	if !pins(words, ctes) {
		return false
	}
	return words[0] == "update" || words[0] == "delete" || findsRow(words) == sure
}

// pinsTables is pins for what stands after FROM: a row is there only where a row of
// each table is that is not joined from outside.
func pinsTables(words, ctes []string) bool {
	pinned := false
	kind := ""
	for _, item := range cut(words, ",", "join", "straight_join") {
		next := "" // what the words before the next JOIN say of it
		for len(item) > 0 {
			last := item[len(item)-1]
			if !slices.Contains([]string{"inner", "cross", "left", "right", "full", "outer", "natural", "lateral"}, last) {
				break
			}
			if last == "left" || last == "right" || last == "full" {
				next = last
			}
			item = item[:len(item)-1]
		}
		this := false
		on := cut(item, "on")
		if len(on) > 0 && len(on[0]) > 0 && (on[0][0] == "(" || on[0][0] == "lateral") {
			open := slices.Index(on[0], "(")
			if end := closing(on[0], open); end < len(on[0]) {
				this = pinsRow(on[0][open+1:end], ctes)
			}
		} else if len(on) > 0 && len(on[0]) > 0 {
			this = slices.Contains(ctes, on[0][0])
		}
		switch kind {
		case "left":
		case "right":
			pinned = this
		case "full":
			pinned = false
		default:
			pinned = pinned || this || len(on) == 2 && condition(on[1])
		}
		kind = next
	}
	return pinned
}

// withoutOn are the words after FROM without the conditions of joins.
func withoutOn(from []string) (out []string) {
	for _, item := range cut(from, ",", "join", "straight_join") {
		out = append(out, cut(item, "on")[0]...)
	}
	return out
}

func where(words []string) []string {
	return clause(words, "where", "group", "having", "order", "limit", "offset", "fetch", "for", "window", "returning", "lock")
}

// clause is what stands between a word and the first of others that follows it.
func clause(words []string, from string, until ...string) []string {
	start, depth := -1, 0
	for i, w := range words {
		switch {
		case w == "(":
			depth++
		case w == ")":
			depth--
		case depth != 0:
		case start < 0 && w == from:
			start = i + 1
		case start >= 0 && slices.Contains(until, w) && (from == "from" || ends(words, i)):
			return words[start:i]
		}
	}
	if start < 0 {
		return nil
	}
	return words[start:]
}

// ends says whether the word at i begins another clause and is no column of a condition.
func ends(words []string, i int) bool {
	if i > 0 && (!word(words[i-1]) && words[i-1] != ")" && words[i-1] != "'" && words[i-1] != "0" && !placeholder(words[i-1]) || slices.Contains([]string{"and", "or", "not", "xor", "where", "like", "in", "is", "between"}, words[i-1])) {
		return false
	}
	if i+1 == len(words) {
		return true
	}
	next := words[i+1]
	return next == "'" || next == "0" || placeholder(next) || word(next) && !slices.Contains([]string{"and", "or", "is", "in", "like", "between", "not", "xor"}, next)
}

// cut splits words at those outside parentheses; the AND of a BETWEEN does not count.
func cut(words []string, at ...string) [][]string {
	var parts [][]string
	start, depth, between := 0, 0, false
	for i, w := range words {
		switch {
		case w == "(":
			depth++
		case w == ")":
			depth--
		case depth != 0:
		case w == "between":
			between = true
		case w == "and" && between:
			between = false
		case slices.Contains(at, w):
			parts = append(parts, words[start:i])
			start = i + 1
		}
	}
	return append(parts, words[start:])
}

// condition says whether a condition holds only of rows of which a column equals the
// caller's credential.
func condition(words []string) bool {
	if len(words) == 0 || len(cut(words, "xor", "case")) > 1 {
		return false
	}
	if words[0] == "(" && closing(words, 0) == len(words)-1 {
		return condition(words[1 : len(words)-1])
	}
	if either := cut(words, "or", "||"); len(either) > 1 {
		return !slices.ContainsFunc(either, func(w []string) bool { return !condition(w) })
	}
	if all := cut(words, "and", "&&"); len(all) > 1 {
		return slices.ContainsFunc(all, condition)
	}
	if words[0] == "exists" {
		return len(words) > 2 && closing(words, 1) == len(words)-1 && pinsRow(words[2:len(words)-1], nil)
	}
	return compares(words)
}

// compares says whether a condition without AND and OR compares a column with the
// caller's credential.
func compares(words []string) bool {
	if len(cut(words, "not")) > 1 {
		return false
	}
	if sides := cut(words, "=", "=="); len(sides) == 2 {
		return equals(sides[0], sides[1]) || equals(sides[1], sides[0])
	}
	sides := cut(words, "in")
	if len(sides) != 2 || !column(sides[0]) {
		return false
	}
	if isQuery(sides[1]) {
		return pinsRow(sides[1][1:len(sides[1])-1], nil)
	}
	if len(sides[1]) > 0 && sides[1][0] == "(" && closing(sides[1], 0) == len(sides[1])-1 {
		sides[1] = sides[1][1 : len(sides[1])-1]
	}
	return !slices.ContainsFunc(cut(sides[1], ","), func(w []string) bool { return !credential(w) })
}

func equals(a, b []string) bool {
	if len(b) > 1 && (b[0] == "any" || b[0] == "some") {
		b = b[1:]
	}
	return column(a) && (credential(b) || isQuery(b) && pinsRow(b[1:len(b)-1], nil))
}

func isQuery(words []string) bool {
	return len(words) > 2 && words[0] == "(" && (words[1] == "select" || words[1] == "with") && closing(words, 0) == len(words)-1
}

// column says whether an expression is a column or something by which no two values of
// one become the same unnoticed, such as a digest; credential the same of what the
// caller has brought.
func column(words []string) bool {
	columns, asks, ok := expression(words)
	return ok && columns && !asks && !slices.Contains(words, given)
}

func credential(words []string) bool {
	columns, asks, ok := expression(words)
	return ok && asks && (!columns || len(words) > 1 && words[0] == "crypt" && words[1] == "(")
}

// expression tells what an expression is made of: whether it has columns and the
// credential, and whether all else is known.
func expression(words []string) (columns, asks, ok bool) {
	kind := "" // the next word names a type or an order of letters
	for i, w := range words {
		call := i+1 < len(words) && words[i+1] == "("
		switch {
		case kind != "":
			if kind != "collate" && (call || !slices.Contains(whole, w)) {
				return false, false, false
			}
			kind = ""
		case w == "::" || w == "as" || w == "collate":
			kind = w
		case w == asked:
			asks = true
		case slices.Contains([]string{"(", ")", ",", "'", "0", given, "->", "->>", "#>>", "||", "binary", "distinct"}, w):
		case call && slices.Contains(faithful, w):
		case call || !word(w) || slices.Contains([]string{"true", "false", "null", "default", "case", "select", "interval", "current_user", "user", "session_user", "current_timestamp", "now"}, w):
			return false, false, false
		default:
			columns = true
		}
	}
	return columns, asks, true
}

// whole are the types to which no two values become the same by a cast.
var whole = strings.Fields("text varchar char character uuid bytea blob binary nvarchar citext bigint int8 string json jsonb")

// faithful are functions of SQL that make no known value of one that is not known.
var faithful = strings.Fields(`any binary cast crypt decode digest encode from_base64 hex hmac lower ltrim md5 rtrim sha sha1 sha2 sha224 sha256
	sha384 sha512 some to_base64 trim unhex upper uuid uuid_to_bin hextoraw`)

// looseKey says whether a key of a filter of MongoDB is an operator by which what stands
// below it is not what is asked for.
func looseKey(key val) bool {
	k, _ := str(key)
	return strings.HasPrefix(k, "$") && k != "$eq" && k != "$in" && k != "$and"
}

// looseElement is an element of such a filter, whose value asks for nothing for sure
// below such a key.
func looseElement(s *strct) val {
	if v := s.f["Value"]; v != nil && looseKey(s.f["Key"]) {
		s.f["Value"] = &sym{key: "loose:" + keyOf(v), t: taintOf(v) | tMaybe}
	}
	return s
}

// loosens says whether a type of a library of SQL is that of a condition which holds also
// of others than what it is made of.
func loosens(t types.Type) bool {
	path, name := named(t)
	library, ok := libraryOf(path)
	return ok && library.asks != "" && !listed(library.asks, name, "")
}
