package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// finds says what it is worth that a query which stands among the arguments has
// yielded a row, where it asks for the caller's: one of columns yields it only where
// there is one, an aggregate in any case, and what functions yield is not known. A
// query that is put together elsewhere is taken for one of columns. Parts says that
// conditions and other parts of a query stand for themselves.
func finds(args []val, parts bool) level {
	worth := asksFor(args, parts)
	for _, a := range args {
		s, ok := str(a)
		if !ok {
			continue
		}
		words := sqlWords(s)
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "select", "with", "values", "insert", "replace":
			worth = min(worth, findsRow(words))
		case "update", "delete":
		case "call", "exec", "execute", "explain", "pragma", "show":
			worth = min(worth, maybe)
		default:
			for i, w := range words[1:] {
				if w == "(" && aggregates(words[i]) {
					worth = none // a part of a query
				}
			}
		}
	}
	return worth
}

// changes says what it proves that a statement among the arguments has changed some row:
// it must be known to be one that changes the caller's rows alone.
func changes(args []val) level {
	for _, a := range args {
		s, ok := str(a)
		if words := sqlWords(s); ok && len(words) > 0 {
			if words[0] == "update" || words[0] == "delete" {
				return asksFor(args, false)
			}
			return maybe
		}
	}
	return maybe
}

// executed is the rule of a call that executes a statement: not that it could be, but how
// many rows it changed tells whether the caller's are there.
func executed(r rule, t taint, worth level) rule {
	r.onTrue, r.onNil, r.data, r.out = none, none, none, none
	if worth != none {
		r.t, r.derived = tVer|t&(tSaid|tMaybe), worth
	}
	return r
}

// affected is the rule of a call that yields how many rows were changed.
func affected(r rule, t taint, derived level) rule {
	r.t, r.onTrue, r.data = t, derived, derived
	r.onNil, r.out, r.derived = none, none, none
	return r
}

// asksFor says whether a query among the arguments that is given the caller's
// credential has to do only with rows of which a column equals it.
func asksFor(args []val, parts bool) level {
	worth := sure
	for i, a := range args {
		s, ok := str(a)
		if !ok || !brings(args[i+1:]) {
			continue
		}
		words := sqlWords(s)
		if len(words) == 0 {
			continue
		}
		asks := true
		switch words[0] {
		case "select", "with", "update", "delete", "insert", "replace", "values":
			asks = pins(marked(words, args[i+1:]), nil)
		case "join", "inner", "cross", "left", "right", "full":
			switch {
			case !parts:
			case slices.ContainsFunc(words, placeholder):
				asks = pinsTables(append([]string{"_"}, marked(words, args[i+1:])...), nil)
			default:
				asks = words[0] == "join" || words[0] == "inner" || words[0] == "cross"
			}
		default:
			switch {
			case parts && slices.ContainsFunc(words, placeholder):
				asks = condition(marked(words, args[i+1:]))
			default:
				asks = !has(words, "select") // a query in parentheses, or behind another statement
			}
		}
		if !asks {
			worth = maybe
		}
	}
	return worth
}

// findsRow is finds for a query in words: that of a SELECT which looks into a
// table, or of the last one.
func findsRow(words []string) level {
	worth, depth := sure, 0
	from, where, grouped := false, slices.Contains(words, "where") && words[0] == "with", false
	for i := 0; i < len(words); i++ {
		w, next := words[i], ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		call := next == "(" && word(w)
		switch {
		case w == "(" && next == "select", w == "(" && words[0] == "with" && !from:
			i = closing(words, i) // whatever it yields, it is no row of this one
		case w == "(":
			depth++
		case w == ")":
			depth--
		case depth == 0 && w == "select":
			from, worth = false, sure
		case depth == 0 && w == "union":
			return none
		case depth == 0 && w == "from":
			from = true
			if i+2 < len(words) && words[i+2] == "(" {
				worth = min(worth, maybe) // what a function yields
			}
		case depth == 0 && (w == "where" || w == "on" || w == "using"):
			where = true
		case depth == 0 && w == "group":
			grouped = groupsRows(words[i:])
		case !from && call && aggregates(w):
			worth = none
		case !from && call && !slices.Contains(ofOneRow, w):
			worth = min(worth, maybe)
		}
	}
	switch {
	case !from || !where:
		return none
	case grouped:
		return sure
	}
	return worth
}

// groupsRows says whether GROUP BY makes groups of rows only: () and its like make one of
// nothing too.
func groupsRows(words []string) bool {
	return !has(words, "rollup", "cube", "sets") && (len(words) < 3 || words[2] != "(")
}

// closing is the place of the parenthesis that closes the one at i.
func closing(words []string, i int) int {
	if i < 0 {
		return len(words)
	}
	depth := 0
	for ; i < len(words); i++ {
		switch words[i] {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return i
}

// aggregates says whether a function of SQL yields a value also where it is
// given no rows.
func aggregates(name string) bool {
	return strings.HasSuffix(name, "_agg") || slices.Contains([]string{"count", "max", "min", "sum", "avg", "total", "group_concat", "bool_or", "bool_and", "bit_or", "bit_and", "every"}, name)
}

// forgets says whether a method of gorm makes a question without the conditions that were
// put before.
func (x *exec) forgets(st *state, fn *types.Func, args []val) bool {
	if fn == nil || fn.Pkg() == nil || bare(fn.Pkg().Path()) != "gorm.io/gorm" || len(args) == 0 {
		return false
	}
	if fn.Name() != "Session" {
		return fn.Name() == "Raw"
	}
	v := args[0]
	if p, ok := v.(*ptr); ok {
		v = x.loadPtr(st, p)
	}
	s, ok := v.(*strct)
	if !ok {
		return true
	}
	is, known := isTrue(x.fieldNamed(st, s, "NewDB", nil, token.NoPos))
	return is || !known
}

// scoped is a question with what functions of the module make of it.
func (x *exec) scoped(fr *frame, st *state, e *ast.CallExpr, q val, scopes []val) (all []ev, ok bool) {
	if slices.ContainsFunc(scopes, func(v val) bool { _, ok := v.(*closure); return !ok }) {
		return nil, false
	}
	all = one(st, q)
	for _, scope := range scopes {
		var next []ev
		for _, r := range all {
			next = append(next, x.apply(fr, r.st, e, scope, []val{r.v})...)
		}
		all = x.mergeEvs(next)
	}
	return all, true
}

// fallsBack says whether a query among the arguments has a value for what there
// is not.
func fallsBack(args []val) bool {
	return slices.ContainsFunc(args, func(v val) bool {
		s, _ := str(v)
		return has(sqlWords(s), "coalesce", "ifnull", "isnull", "nvl", "iif", "if", "case")
	})
}

// ofOneRow are words that stand before a parenthesis in a list of columns and
// speak of one row.
var ofOneRow = strings.Fields(`all any array as cast coalesce concat concat_ws convert date datetime date_format date_trunc decode encode exists extract format from_unixtime
	hex if ifnull iif in isnull json_extract json_unquote jsonb_extract_path left length lower ltrim md5 not now nullif nvl or and replace right round
	rtrim select sha1 sha2 strftime substr substring timestamp to_char to_timestamp trim unhex unix_timestamp upper year distinct case when then else end`)

func word(w string) bool { return w[0] == '_' || w[0] >= 'a' && w[0] <= 'z' }

// sqlWords are the words of a query in lower case, without comments. Operators,
// parentheses and placeholders are words of their own; texts and numbers are ' and 0,
// and names in quotes begin with _.
func sqlWords(s string) []string {
	var out []string
	s = strings.ToLower(s)
	for s != "" {
		n := 1
		switch c := s[0]; {
		case strings.HasPrefix(s, "--"):
			_, s, _ = strings.Cut(s, "\n")
			continue
		case strings.HasPrefix(s, "/*"):
			_, s, _ = strings.Cut(s, "*/")
			continue
		case c == '\'':
			_, s, _ = strings.Cut(s[1:], "'")
			out = append(out, "'")
			continue
		case c == '"' || c == '`':
			name, rest, _ := strings.Cut(s[1:], s[:1])
			out, s = append(out, "_"+name), rest
			continue
		case word(s):
			for n < len(s) && (word(s[n:]) || s[n] >= '0' && s[n] <= '9' || s[n] == '.') {
				n++
			}
			out = append(out, s[:n])
		case c >= '0' && c <= '9':
			for n < len(s) && s[n] >= '0' && s[n] <= '9' {
				n++
			}
			out = append(out, "0")
		case c == '?' || c == '$' || c == '@' || c == ':' && !strings.HasPrefix(s, "::"):
			for n < len(s) && (s[n] == '_' || s[n] >= 'a' && s[n] <= 'z' || s[n] >= '0' && s[n] <= '9') {
				n++
			}
			out = append(out, s[:n])
		case c > ' ' && c != '.' && c != ';':
			for _, op := range operators {
				if strings.HasPrefix(s, op) {
					n = len(op)
					break
				}
			}
			out = append(out, s[:n])
		}
		s = s[n:]
	}
	return out
}

// operators are those of more than one character, the longest first.
var operators = []string{"<=>", "->>", "#>>", "<=", ">=", "<>", "!=", "==", "||", "&&", "->", "#>", "::", "!~", "~*"}
