package config

import (
	"fmt"

	"github.com/authgen/authgen/internal/frontiername"
)

// frontier reads what permissions are called at Frontier. It is never nil, so that
// checks stay looked at when it is wrong.
func (r *reader) frontier(e entry) *Frontier {
	const sample = "write frontier: {permissions: {uploadFile: upload}}, or remove the key"
	f := &Frontier{}
	for _, e := range r.fields(e, sample, "permissions") {
		entries, ok := r.entries(e.value, "permission")
		if !ok {
			r.wrongType(e.value, e.at, "permissions of frontier takes names with verbs", sample)
			continue
		}
		for _, e := range entries {
			verb, at, ok := r.str(e.value, "verb")
			switch {
			case !ok:
			case !isWord(e.name, "-.:"):
				r.report(CodeBadName, e.at, fmt.Sprintf("%q is no permission that a check can name", e.name), "write the name as rules do, such as uploadFile")
			case frontiername.BadVerb(verb) != "":
				r.report(CodeBadName, at, fmt.Sprintf("%q %s", verb, frontiername.BadVerb(verb)), "write a verb such as upload")
			default:
				f.Permissions = append(f.Permissions, FrontierPermission{e.name, verb, e.at})
			}
		}
	}
	return f
}
