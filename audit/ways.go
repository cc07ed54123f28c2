package audit

import (
	"go/ast"
	"go/parser"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/wiring"
)

// maxWays bounds how many ways to one registration are told apart.
const maxWays = 16

// waysTo are the conditions of each of the ways that lead to a registration.
func (r *route) waysTo() [][]wiring.Condition {
	if r.ways == nil {
		return [][]wiring.Condition{r.Conditions}
	}
	return r.ways
}

// onEither makes a route one that both x and y lead to: it has the conditions that
// both have, and that one of the ways is taken, unless one always is.
func (r *route) onEither(x, y *route) *route {
	both := *r
	both.ways = simplified(slices.Concat(x.waysTo(), y.waysTo()))
	wired := *r.Route
	wired.Conditions = either(both.ways)
	both.Route = &wired
	return &both
}

// saying is what the conditions of a way say together, and about which values.
type saying struct{ text, about string }

// either is the condition that one of several ways is taken.
func either(ways [][]wiring.Condition) []wiring.Condition {
	common := ofAll(ways)
	var said []saying
	for _, way := range ways {
		var words []string
		about := ""
		for _, c := range way {
			if !among(common, c) {
				about += c.About
				if !slices.Contains(words, c.Text) {
					words = append(words, c.Text)
				}
			}
		}
		if len(words) == 0 {
			return common
		}
		said = append(said, saying{all(words), about})
	}
	said = withoutRest(said)
	if len(said) == 0 {
		return common
	}
	var texts []string
	for _, s := range said {
		if !slices.Contains(texts, s.text) {
			texts = append(texts, s.text)
		}
	}
	text := strings.Join(texts, " || ")
	if len(texts) > 1 && len(common) > 0 {
		text = "(" + text + ")"
	}
	return append(common, wiring.Condition{Text: text, Pos: ways[0][len(ways[0])-1].Pos})
}

// ofAll are the conditions that all of some ways have.
func ofAll(ways [][]wiring.Condition) []wiring.Condition {
	return slices.DeleteFunc(slices.Clone(ways[0]), func(c wiring.Condition) bool {
		return slices.ContainsFunc(ways, func(way []wiring.Condition) bool { return !among(way, c) })
	})
}

// simplified leaves out ways that others hold, and conditions of a way whose opposite
// is all that another has besides.
func simplified(ways [][]wiring.Condition) [][]wiring.Condition {
	if len(ways) > maxWays {
		return [][]wiring.Condition{ofAll(ways)}
	}
	for again := true; again; {
		again = false
	pairs:
		for i, a := range ways {
			for j, b := range ways {
				if i == j {
					continue
				}
				more, less := without(a, b), without(b, a)
				if len(less) == 0 { // whenever a is taken, b is
					ways, again = slices.Delete(ways, i, i+1), true
					break pairs
				}
				if len(more) != 1 {
					continue
				}
				if at := slices.IndexFunc(less, func(c wiring.Condition) bool { return more[0].About == c.About && opposite(more[0].Text, c.Text) }); at >= 0 {
					ways[j], again = without(b, less[at:at+1]), true
					break pairs
				}
			}
		}
	}
	return ways
}

func without(conditions, others []wiring.Condition) []wiring.Condition {
	return slices.DeleteFunc(slices.Clone(conditions), func(c wiring.Condition) bool { return among(others, c) })
}

// among reports whether conditions have one that says the same of the same values.
func among(conditions []wiring.Condition, c wiring.Condition) bool {
	return slices.ContainsFunc(conditions, func(o wiring.Condition) bool { return o.Text == c.Text && o.About == c.About })
}

// all is the condition that several hold.
func all(words []string) string {
	if len(words) > 1 {
		for i, w := range words {
			if strings.Contains(w, " || ") && !strings.HasPrefix(w, "!(") {
				words[i] = "(" + w + ")"
			}
		}
	}
	return strings.Join(words, " && ")
}

// opposite reports whether of two conditions one holds where the other does not.
func opposite(a, b string) bool {
	if "!("+a+")" == b || "!("+b+")" == a || operand(a) && "!"+a == b || operand(b) && "!"+b == a {
		return true
	}
	for _, ops := range [][2]string{{" == ", " != "}, {" < ", " >= "}, {" > ", " <= "}} {
		for _, x := range [][2]string{{a, b}, {b, a}} {
			if strings.Count(x[0], ops[0]) == 1 && compares(x[0], strings.Index(x[0], ops[0])) && strings.Replace(x[0], ops[0], ops[1], 1) == x[1] {
				return true
			}
		}
	}
	return false
}

// operand reports whether a bare ! before a condition is one before all of it.
func operand(text string) bool {
	e, err := parser.ParseExpr(text)
	_, several := e.(*ast.BinaryExpr)
	return err == nil && !several
}

// compares reports whether a condition compares, with an operator that stands at a
// place of its text.
func compares(text string, at int) bool {
	e, _ := parser.ParseExpr(text)
	b, ok := e.(*ast.BinaryExpr)
	return ok && at >= 0 && int(b.OpPos)-1 == at+1
}

// withoutRest takes from the way of a default what other ways are for that are about the
// same values: it is taken where none of some conditions holds, and the others where one
// does. Nothing is left where together they are all.
func withoutRest(said []saying) []saying {
	for i, rest := range said {
		inner, ok := strings.CutPrefix(rest.text, "!(")
		if !ok || !strings.HasSuffix(inner, ")") || strings.Contains(inner, " && ") {
			continue
		}
		values := strings.Split(rest.about, ",")
		left := slices.DeleteFunc(strings.Split(strings.TrimSuffix(inner, ")"), " || "), func(part string) bool {
			return slices.ContainsFunc(said, func(other saying) bool {
				return other != rest && slices.Contains(strings.Split(other.text, " || "), part) &&
					!slices.ContainsFunc(strings.Split(other.about, ","), func(v string) bool { return !slices.Contains(values, v) })
			})
		})
		if len(left) == 0 {
			return nil
		}
		said[i].text = "!(" + strings.Join(left, " || ") + ")"
	}
	return said
}
