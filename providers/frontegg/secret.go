package frontegg

import (
	"fmt"
	"io"
	"log/slog"
)

// secret is a text that shows itself only when it is called. Whatever prints the
// structs around it, methods or not, finds a function there.
type secret func() string

func newSecret(text string) secret { return func() string { return text } }

// hidden is printed in place of structs that hold secrets.
type hidden string

// Format implements fmt.Formatter, for all verbs.
func (h hidden) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(h)) }

// LogValue implements slog.LogValuer.
func (h hidden) LogValue() slog.Value { return slog.StringValue(string(h)) }
