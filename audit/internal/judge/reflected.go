package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// reflects notes what reflection may write: anything that pointers lead to which it
// was given, from when it sets something or yields what leads there.
func (x *exec) reflects(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) {
	switch {
	case x.service != nil || fn.Pkg() == nil || fn.Pkg().Path() != "reflect":
	case fn.Name() == "ValueOf" || fn.Name() == "NewAt":
		for i, v := range args {
			var r reached
			if r.visit(x, st, v, 0); r.state {
				st.keys.set(sent+fr.site(e.Pos())+elementNamed(i), v)
			}
			if r.request {
				st.keys.set(reflectedRequest, boolVal(true))
			}
		}
	case setsReflected(fn):
		if st.keys.has(reflectedRequest) {
			mayHaveWritten(st)
			st.open = true
		}
		x.waits(st, fr.site(e.Pos()), e.Pos())
	}
}

// reflectedRequest says, among the keys of the context, that reflection was given what
// leads to the request.
const reflectedRequest = "reflected request"

// setsReflected says whether a function of package reflect may write what a value was
// made of, or yields what does.
func setsReflected(fn *types.Func) bool {
	return strings.HasPrefix(fn.Name(), "Set") ||
		slices.Contains([]string{"Call", "CallSlice", "Clear", "Copy", "Interface", "Pointer", "TypeAssert", "UnsafeAddr", "UnsafePointer"}, fn.Name())
}
