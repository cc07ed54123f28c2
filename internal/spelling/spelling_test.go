package spelling_test

import (
	"testing"

	"github.com/authgen/authgen/internal/spelling"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"uploadFile", "readFile", "admin"}
	for word, want := range map[string]string{"uploadfile": "uploadFile", "adnim": "admin", "amdin": "admin", "zzz": ""} {
		if got, _ := spelling.Nearest(word, words); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}
