package provider

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that shows itself only when it is called. Whatever prints the
// structs around it, methods or not, finds a function there.
type Secret func() string

// NewSecret keeps text.
func NewSecret(text string) Secret { return func() string { return text } }

// Hidden is printed in place of structs that hold secrets.
type Hidden string

// Format implements fmt.Formatter, for all verbs.
func (h Hidden) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(h)) }

// LogValue implements slog.LogValuer.
func (h Hidden) LogValue() slog.Value { return slog.StringValue(string(h)) }
