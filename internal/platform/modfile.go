package platform

import (
	"slices"
	"strings"
)

// ModFile splits the value of GOFLAGS into what its last -modfile names, "" for
// none, and the other flags.
func ModFile(goflags string) (file, rest string) {
	if strings.ContainsAny(goflags, `'"`) {
		return "", goflags // quoted flags are left to the go command
	}
	var others []string
	for _, flag := range strings.Fields(goflags) {
		if name, ok := strings.CutPrefix(strings.TrimLeft(flag, "-"), "modfile="); ok {
			file = name
		} else {
			others = append(others, flag)
		}
	}
	return file, strings.Join(others, " ")
}

// GivenModFile moves -modfile from GOFLAGS of an environment to the build flags:
// golang.org/x/tools/go/packages also asks the go command what it must not be
// asked with that flag, and leaves out build flags there.
func GivenModFile(env, flags []string) (newEnv, newFlags []string) {
	const name = "GOFLAGS="
	for i := len(env) - 1; i >= 0; i-- {
		value, ok := strings.CutPrefix(env[i], name)
		if !ok {
			continue
		}
		if file, rest := ModFile(value); file != "" {
			return append(slices.Clone(env), name+rest), append(slices.Clone(flags), "-modfile="+file)
		}
		break
	}
	return env, flags
}
