package wiring

import (
	"go/constant"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
)

// Import paths of the frameworks.
const (
	httpPath = "net/http"
	rpcPath  = "net/rpc" // registers on http.DefaultServeMux
	ginPath  = "github.com/gin-gonic/gin"
	echoPath = "github.com/labstack/echo/v4"
)

// Touching returns the import paths of the frameworks: packages that import
// none of them, not even through others, have to do with no route.
func Touching() []string { return []string{httpPath, ginPath, echoPath} }

// typeName returns the package and name of a named type, or of what a pointer
// to one points to.
func typeName(t types.Type) (path, name string) {
	if t == nil {
		return "", ""
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, ok := t.(*types.Named)
	if !ok {
		return "", ""
	}
	if n.Obj().Pkg() == nil {
		return "", n.Obj().Name()
	}
	if isRecorder(n.Obj()) {
		return httpPath, "ServeMux"
	}
	return n.Obj().Pkg().Path(), n.Obj().Name()
}

// isRecorder reports whether a type is our own router for net/http, which is used
// as a ServeMux is.
func isRecorder(obj *types.TypeName) bool {
	return obj.Pkg() != nil && obj.Pkg().Path() == routers.AdapterPath && obj.Name() == "Recorder"
}

// routerType returns the framework of a type that routes are registered on, and
// whether it is a whole router rather than a group or an interface of both.
func routerType(t types.Type) (f Framework, whole bool) {
	path, name := typeName(t)
	switch path {
	case httpPath:
		if name == "ServeMux" {
			return NetHTTP, true
		}
	case ginPath:
		switch name {
		case "Engine":
			return Gin, true
		case "RouterGroup", "IRouter", "IRoutes":
			return Gin, false
		}
	case echoPath:
		switch name {
		case "Echo":
			return Echo, true
		case "Group":
			return Echo, false
		}
	}
	return "", false
}

// shape is what a type is to a framework.
type shape int

const (
	noShape shape = iota
	handlerShape
	middlewareShape
)

// shapeOf tells handlers and middleware from other types. Both of gin are
// handlers.
func shapeOf(t types.Type) (Framework, shape) {
	if t == nil {
		return "", noShape
	}
	if f := handlerOf(t); f != "" {
		return f, handlerShape
	}
	if sig, ok := t.Underlying().(*types.Signature); ok && sig.Params().Len() == 1 && sig.Results().Len() == 1 {
		from, to := handlerOf(sig.Params().At(0).Type()), handlerOf(sig.Results().At(0).Type())
		if from != "" && from == to {
			return from, middlewareShape
		}
	}
	return "", noShape
}

// handlerOf returns the framework whose handler a type is, "" for other types.
func handlerOf(t types.Type) Framework {
	if path, name := typeName(t); path == httpPath && name == "Handler" {
		return NetHTTP
	}
	if f, whole := routerType(t); whole {
		return f
	}
	sig, ok := t.Underlying().(*types.Signature)
	if !ok {
		return ""
	}
	in := sig.Params()
	switch {
	case in.Len() == 2 && isType(in.At(0).Type(), httpPath, "ResponseWriter") && isType(in.At(1).Type(), httpPath, "Request"):
		return NetHTTP
	case in.Len() == 1 && isType(in.At(0).Type(), ginPath, "Context"):
		return Gin
	case in.Len() == 1 && isType(in.At(0).Type(), echoPath, "Context"):
		return Echo
	}
	return ""
}

func isType(t types.Type, path, name string) bool {
	p, n := typeName(t)
	return p == path && n == name
}

// zero returns the zero value of a type.
func (in *interp) zero(t types.Type) value.Value {
	if isServeMux(t) {
		r := in.newRouter(NetHTTP, in.pos)
		r.zero = true
		return r
	}
	if _, open := types.Unalias(t).(*types.TypeParam); open {
		return unknown(t, t.String())
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return &value.Const{Type: t, Val: constant.MakeString("")}
		case u.Info()&types.IsBoolean != 0:
			return &value.Const{Type: t, Val: constant.MakeBool(false)}
		case u.Info()&types.IsNumeric != 0:
			return &value.Const{Type: t, Val: constant.MakeInt64(0)}
		}
	case *types.Struct:
		s := &value.Struct{Type: t, Fields: map[string]*value.Cell{}}
		if isType(t, httpPath, "Server") {
			in.made = append(in.made, madeServer{s, in.pos})
		}
		return s
	case *types.Array:
		l := &value.List{Type: t}
		if u.Len() > 256 {
			l.Open = true
			return l
		}
		for range u.Len() {
			l.Elems = append(l.Elems, &value.Cell{V: in.zero(u.Elem())})
		}
		return l
	}
	return &value.Nil{Type: t}
}

func isServeMux(t types.Type) bool {
	if _, pointer := types.Unalias(t).(*types.Pointer); pointer {
		return false
	}
	return isType(t, httpPath, "ServeMux")
}

// unknown returns a value of which only the type is known.
func unknown(t types.Type, why string) *value.Unknown {
	return &value.Unknown{Type: t, Why: why}
}

// typeOf returns the dynamic type of a value, nil when it is not known. Routers
// have none: they are told by being routers.
func typeOf(v value.Value) types.Type {
	switch v := v.(type) {
	case *value.Struct:
		return v.Type
	case *value.Named:
		return v.Type
	case *value.Const:
		return v.Type
	case *value.List:
		return v.Type
	case *value.Map:
		return v.Type
	case *value.Unknown:
		if v.Type != nil && types.IsInterface(v.Type) {
			return nil
		}
		return v.Type
	case *value.Ref:
		if v.To == nil {
			return nil
		}
		if t := typeOf(v.To.V); t != nil {
			return types.NewPointer(t)
		}
	}
	return nil
}

// copied returns what an assignment of v stores: structs and arrays are copied.
func copied(v value.Value) value.Value {
	switch v := v.(type) {
	case *value.Struct:
		c := &value.Struct{Type: v.Type, Fields: make(map[string]*value.Cell, len(v.Fields)), Open: v.Open, Why: v.Why}
		for name, f := range v.Fields {
			c.Fields[name] = &value.Cell{V: copied(f.V), Name: f.Name, Pos: f.Pos}
		}
		if st := structOf(v.Type); st != nil {
			for f := range st.Fields() {
				// An embedded gin.RouterGroup that is no pointer is copied as well.
				if g, ok := valueOf(c.Fields[f.Name()]).(*Group); ok && isType(f.Type(), ginPath, "RouterGroup") && !isPointer(f.Type()) {
					c.Fields[f.Name()].V = g.copy()
				}
			}
		}
		return c
	case *value.List:
		if v.Type == nil {
			return v
		}
		if _, array := v.Type.Underlying().(*types.Array); !array {
			return v
		}
		c := &value.List{Type: v.Type, Open: v.Open}
		for _, e := range v.Elems {
			c.Elems = append(c.Elems, &value.Cell{V: copied(e.V)})
		}
		return c
	}
	return v
}

func valueOf(c *value.Cell) value.Value {
	if c == nil {
		return nil
	}
	return c.V
}

func isPointer(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Pointer)
	return ok
}

// copy is *g: a group of the same router that has its own chain from now on.
func (g *Group) copy() *Group {
	c := *g
	c.Chain, c.field = slices.Clone(g.Chain), nil
	g.Router.Groups = append(g.Router.Groups, &c)
	return &c
}
