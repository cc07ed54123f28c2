// Package spelling finds the word that a misspelt one was meant to be.
package spelling

import "strings"

// Nearest returns the candidate that word was most likely meant to be: one that
// differs in case only, or by few letters for its length. It reports false when
// none is near.
func Nearest(word string, candidates []string) (string, bool) {
	best, distance := "", maxDistance(word)+1
	folded := strings.ToLower(word)
	for _, c := range candidates {
		if d := editDistance(folded, strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	return best, best != ""
}

// maxDistance is how many letters of a word may be wrong: one in three.
func maxDistance(word string) int { return min(max((len(word)+1)/3, 1), 3) }

// editDistance counts the letters to insert, delete, change or swap with their
// neighbour. Words longer than any name of the language are not compared.
func editDistance(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		if a == b {
			return 0
		}
		return longest
	}
	var rows [3][longest + 1]int
	before, previous, current := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			change := previous[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			current[j] = min(previous[j]+1, current[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
