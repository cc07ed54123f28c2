package generator

import (
	"go/ast"
	"go/token"

	"github.com/dave/jennifer/jen"
)

// code returns a type expression for generated code, where syntax suffices.
func (r resolver) code(s *source, e ast.Expr) (jen.Code, bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.code(s, e.X)
	case *ast.Ident:
		if _, ok := r.p.names[e.Name]; ok || r.p.types[e.Name] != nil {
			return jen.Qual(r.p.importPath, e.Name), true
		}
		return jen.Id(e.Name), len(s.dotImports) == 0
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		if !ok {
			return nil, false
		}
		path, ok := r.g.importOf(s, x.Name)
		return jen.Qual(path, e.Sel.Name), ok
	case *ast.StarExpr:
		c, ok := r.code(s, e.X)
		return jen.Op("*").Add(c), ok
	case *ast.ArrayType:
		c, ok := r.code(s, e.Elt)
		if e.Len != nil {
			n, isLit := e.Len.(*ast.BasicLit)
			if !isLit || n.Kind != token.INT {
				return nil, false
			}
			return jen.Index(jen.Id(n.Value)).Add(c), ok
		}
		return jen.Index().Add(c), ok
	case *ast.MapType:
		k, ok := r.code(s, e.Key)
		v, ok2 := r.code(s, e.Value)
		return jen.Map(k).Add(v), ok && ok2
	case *ast.FuncType:
		if e.TypeParams != nil {
			return nil, false
		}
		return r.signature(s, e)
	case *ast.IndexExpr:
		x, ok := r.code(s, e.X)
		i, ok2 := r.code(s, e.Index)
		return jen.Add(x).Index(i), ok && ok2
	case *ast.InterfaceType:
		return jen.Interface(), len(e.Methods.List) == 0
	}
	return nil, false
}

func (r resolver) signature(s *source, t *ast.FuncType) (jen.Code, bool) {
	list := func(fields *ast.FieldList) (codes []jen.Code, ok bool) {
		types, _ := flat(fields)
		for _, e := range types {
			variadic := false
			if ell, isEll := e.(*ast.Ellipsis); isEll {
				variadic, e = true, ell.Elt
			}
			c, ok := r.code(s, e)
			if !ok {
				return nil, false
			}
			if variadic {
				c = jen.Op("...").Add(c)
			}
			codes = append(codes, c)
		}
		return codes, true
	}
	in, ok := list(t.Params)
	out, ok2 := list(t.Results)
	return jen.Func().Params(in...).Params(out...), ok && ok2
}
