package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// function is the name of a function as package runtime gives it, in parts.
type function struct {
	pkg  string // import path
	rest string // such as (*API).Upload, ProtectedAPI.Upload, Upload or main.func1
	// bound says that it is a method value, a closure or a function in another: it
	// may lead to any other function.
	bound bool
}

// parseFunction takes a name apart. The main package is called main there; program
// is its import path.
func parseFunction(name, program string) (f function) {
	slash := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[slash:], '.')
	if dot < 0 {
		return function{rest: name}
	}
	f.pkg, f.rest = unescapePath(name[:slash+dot]), name[slash+dot+1:]
	if f.pkg == "main" && program != "" {
		f.pkg = program
	}
	if rest, ok := strings.CutSuffix(f.rest, "-fm"); ok {
		f.rest, f.bound = rest, true
	}
	// A closure is named after the function around it, Serve.func1 or glob..func3, and
	// a generic function Serve[...]; one that is declared has no more than its receiver
	// in front.
	declared := strings.TrimPrefix(f.rest, "(*")
	if strings.Count(declared, ".") > 1 || closureName(declared) {
		f.bound = true
	}
	return f
}

// closureName reports whether the last part of a name is one that the compiler gives.
func closureName(name string) bool {
	_, last, ok := strings.Cut(name, ".")
	if !ok {
		return false
	}
	digits := strings.TrimRight(last, "0123456789")
	return digits != last && (digits == "func" || digits == "gowrap" || digits == "deferwrap")
}

// unescapePath undoes what the compiler does to import paths in names: a dot in the
// last element and what is not plain ASCII is %xx.
func unescapePath(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	var b []byte
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			if hi, lo := hexDigit(path[i+1]), hexDigit(path[i+2]); hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, path[i])
	}
	return string(b)
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// name returns the function as manifests name it.
func (f function) name() string { return f.pkg + "." + f.rest }

// is reports whether the function is the handler itself.
func (f function) is(handler string) bool { return f.pkg != "" && f.name() == handler }

// madeBy reports whether the function is a literal of the named one: what that
// returns, where the manifest names the call.
func (f function) madeBy(maker string) bool {
	return f.pkg != "" && strings.HasPrefix(f.name(), maker+".func")
}

// twinOf reports whether the function is the method of the generated twin that
// guards the handler.
func (f function) twinOf(handler string) bool {
	declared, ok := strings.CutPrefix(handler, f.pkg+".")
	if !ok || f.pkg == "" {
		return false
	}
	declared = strings.TrimPrefix(declared, "(*")
	recv, method, isMethod := strings.Cut(strings.Replace(declared, ")", "", 1), ".")
	if !isMethod {
		recv, method = "", recv
	}
	return f.rest == twinType(recv)+"."+method
}

// twinType returns the name of the type that the generator makes for a type's
// handlers, or for a package's ("").
func twinType(recv string) string {
	first, size := utf8.DecodeRuneInString(recv)
	switch {
	case recv == "":
		return "Protected"
	case unicode.IsUpper(first):
		return "Protected" + recv
	}
	return "protected" + string(unicode.ToUpper(first)) + recv[size:]
}
