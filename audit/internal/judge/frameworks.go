package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// ginCopy is the key of a copy of gin's context: what is done to it does not
// reach the chain.
const ginCopy = "gin:copy"

// ginContext is a call of a method of *gin.Context.
func (x *exec) ginContext(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) ([]ev, bool) {
	text := exprText(e)
	switch name := fn.Name(); name {
	case "Next":
		if st.aborted || x.service != nil && x.service.around != nil && !x.service.around.Chained {
			return one(st, tuple{}), true
		}
		if x.throws && !st.thrown {
			st.panics, st.thrown = true, true
			fr.panicked = append(fr.panicked, st)
			return nil, true
		}
		return x.reach(st, nil), true
	case "Handler":
		return one(st, &nextVal{}), true
	case "Abort", "AbortWithStatus", "AbortWithStatusJSON", "AbortWithStatusPureJSON", "AbortWithError":
		st.aborted = true
		r := x.plainResult(fr, e, fn, 0)
		if s, ok := r.(*sym); ok {
			s.nonNil = true
		}
		return one(st, r), true
	case "IsAborted":
		return one(st, boolVal(st.aborted)), true
	case "Set":
		x.setKey(st, args[0], asInterface(args[1], argType(fr, e, 1), emptyInterface), e.Pos())
		return one(st, tuple{}), true
	case "Get":
		v, has := x.getKey(st, args[0], text, e)
		return one(st, tuple{v, has}), true
	case "MustGet":
		v, has := x.getKey(st, args[0], text, e)
		yes, no := x.decide(fr, st, has, text, e.Pos())
		for _, s := range no {
			s.panics = true
			fr.panicked = append(fr.panicked, s)
		}
		var all []ev
		for _, s := range yes {
			all = append(all, ev{s, v})
		}
		return all, true
	case "Value":
		if k, ok := str(args[0]); ok {
			v, _ := x.getKey(st, stringVal(k), text, e)
			return one(st, v), true
		}
		return one(st, x.openValue("value:"+keyOf(args[0]), args[0], text, e.Pos())), true
	case "GetHeader", "requestHeader":
		if v := wrote(st, inHeader, args[0]); v != nil {
			return one(st, v), true
		}
		return one(st, x.source(headerSource, args[0], text, e.Pos())), true
	case "Query", "PostForm", "DefaultQuery", "DefaultPostForm", "QueryArray", "PostFormArray", "FormValue":
		return one(st, x.form(st, args[0], text, e.Pos())), true
	case "GetQuery", "GetPostForm", "GetQueryArray", "GetPostFormArray":
		if w := wrote(st, inValue, args[0]); w != nil {
			return one(st, tuple{w, &sym{key: "written?" + keyOf(w), t: taintOf(w), typ: types.Typ[types.Bool], text: text, pos: e.Pos()}}), true
		}
		v := x.source(valueSource, args[0], text, e.Pos())
		has := *v
		has.key, has.typ = v.key+"?", types.Typ[types.Bool]
		return one(st, tuple{v, &has}), true
	case "Param":
		return one(st, x.source(paramSource, args[0], text, e.Pos())), true
	case "Cookie":
		return one(st, x.cookie(st, args[0], text, e, false)), true
	case "Copy":
		c := x.frameworkParam(fn.Signature().Recv().Type(), "")
		c.key = ginCopy
		return one(st, c), true
	default:
		if strings.HasPrefix(name, "Get") && len(args) == 1 {
			v, has := x.getKey(st, args[0], text, e)
			if is, known := isTrue(has); known && !is {
				return one(st, x.zero(fn.Signature().Results().At(0).Type())), true
			}
			return one(st, v), true
		}
		if strings.HasPrefix(name, "Bind") || strings.HasPrefix(name, "ShouldBind") {
			x.fill(st, args, text, e)
		}
	}
	return one(st, x.plainResult(fr, e, fn, tReq)), true
}

// fill puts request data where a pointer leads.
func (x *exec) fill(st *state, args []val, text string, e *ast.CallExpr) {
	for _, a := range args {
		if p, ok := a.(*ptr); ok {
			x.storePtr(st, p, &sym{key: "body:" + itoa(int(e.Pos())), t: tReq, text: text, pos: e.Pos()})
		}
	}
}

// cookie is the result of reading a cookie: its value, or a *http.Cookie.
func (x *exec) cookie(st *state, name val, text string, e *ast.CallExpr, object bool) val {
	v := x.source(cookieSource, name, text, e.Pos())
	if wrote(st, inCookie, name) != nil {
		v.key, v.t = v.key+"+", tSetting
	}
	err := &sym{key: v.key + "!", t: v.t, typ: types.Universe.Lookup("error").Type(), text: text, pos: e.Pos()}
	if !object {
		return tuple{v, err}
	}
	c := *v
	c.kind, c.key, c.typ = kCookie, v.key+"*", nil
	return tuple{&c, err}
}

// chosen begins what a context holds under a key that is not known.
const chosen = "chosen "

// setKey puts a value into a context of gin or echo. A key that is not known, such as
// one that callers send, may be any of those that are there.
func (x *exec) setKey(st *state, key, v val, pos token.Pos) {
	k, ok := str(key)
	if !ok {
		st.open = true
		k = chosen + keyOf(key)
		for _, of := range st.contextKeys() {
			st.keys.set(of, x.oneOfBoth(st, st.keys.at(of), v, k+"/"+of, of, pos))
		}
	}
	st.keys.set(k, v)
}

// contextKeys are the keys that a context of gin or echo has, without what is noted
// beside them of the request.
func (s *state) contextKeys() (keys []string) {
	for k := range s.keys.all() {
		if !isOwnKey(k) && !strings.HasPrefix(k, chosen) && k != ginKeys {
			keys = append(keys, k)
		}
	}
	return keys
}

// getKey returns what a context of gin or echo holds under a key, and whether
// it holds anything.
func (x *exec) getKey(st *state, key val, text string, e *ast.CallExpr) (v, has val) {
	k, known := str(key)
	if !known {
		k = chosen + keyOf(key)
	}
	if v, ok := st.keys.get(k); ok {
		if s, ok := v.(*sym); ok && s.joined {
			h := *s
			h.typ = types.Typ[types.Bool]
			return v, &h
		}
		return v, boolVal(true)
	}
	if st.open || !known && st.keys.len() > 0 {
		s := x.openValue("key:"+k, key, text, e.Pos())
		h := *s
		h.key, h.typ = s.key+"?", types.Typ[types.Bool]
		return s, &h
	}
	return nilVal{}, boolVal(false)
}

// echoContext is a call of a method of echo.Context.
func (x *exec) echoContext(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) ([]ev, bool) {
	text := exprText(e)
	switch name := fn.Name(); name {
	case "Request":
		return one(st, st.req), true
	case "Handler":
		return one(st, &nextVal{}), true
	case "SetRequest", "Reset":
		x.handsOn(st, args[0])
		st.open = st.open || name == "Reset"
		return one(st, tuple{}), true
	case "Set":
		x.setKey(st, args[0], asInterface(args[1], argType(fr, e, 1), emptyInterface), e.Pos())
		return one(st, tuple{}), true
	case "Get":
		v, _ := x.getKey(st, args[0], text, e)
		return one(st, v), true
	case "QueryParam", "FormValue":
		return one(st, x.form(st, args[0], text, e.Pos())), true
	case "QueryParams", "FormParams":
		q := &sym{key: "query", kind: kValues, t: tReq, text: text, nonNil: true}
		if fn.Signature().Results().Len() == 2 {
			return one(st, tuple{q, x.fresh(fr.site(e.Pos()), tReq)}), true
		}
		return one(st, q), true
	case "Param":
		return one(st, x.source(paramSource, args[0], text, e.Pos())), true
	case "Cookie":
		return one(st, x.cookie(st, args[0], text, e, true)), true
	case "Bind":
		x.fill(st, args, text, e)
	case "Response":
		return one(st, &sym{key: "writer", kind: kWriter, nonNil: true, text: text, typ: fr.typeOf(e)}), true
	}
	return one(st, x.plainResult(fr, e, fn, tReq)), true
}

// request is a call of a method of *http.Request.
func (x *exec) request(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, r *sym, args []val) ([]ev, bool) {
	text := exprText(e)
	switch name := fn.Name(); {
	case !r.made:
	case name == "FormValue", name == "PostFormValue", name == "PathValue":
		return one(st, x.plainResult(fr, e, fn, tSetting)), true
	}
	switch fn.Name() {
	case "Context":
		return one(st, withContext(&sym{kind: kContext, nonNil: true, text: "ctx", typ: fr.typeOf(e)}, r.ctx)), true
	case "WithContext", "Clone":
		if c, ok := args[0].(*sym); ok && c.ctx != nil {
			return one(st, withContext(r, c.ctx)), true
		}
		return one(st, withContext(r, &ctxVal{open: true})), true
	case "FormValue", "PostFormValue":
		return one(st, x.form(st, args[0], text, e.Pos())), true
	case "PathValue":
		return one(st, x.source(paramSource, args[0], text, e.Pos())), true
	case "Cookie":
		return one(st, x.cookie(st, args[0], text, e, true)), true
	case "Cookies", "CookiesNamed":
		if w := wroteAny(st, inCookie); w != nil {
			return one(st, &sym{key: "cookies+", kind: kCookie, t: taintOf(w) | tReq, text: text, pos: e.Pos()}), true
		}
		return one(st, &sym{key: "cookies", kind: kCookie, t: tCred, text: text, pos: e.Pos()}), true
	case "BasicAuth":
		if v := wrote(st, inHeader, authorization); v != nil {
			return one(st, tuple{v, v, boolVal(true)}), true
		}
		return one(st, tuple{
			&sym{key: "basic:user", t: tIdent, text: text, pos: e.Pos(), name: "user", typ: types.Typ[types.String]},
			&sym{key: "basic:pass", t: tCred, text: text, pos: e.Pos(), name: "password", typ: types.Typ[types.String]},
			&sym{key: "basic:ok", t: tCred, text: text, pos: e.Pos(), typ: types.Typ[types.Bool]},
		}), true
	}
	return one(st, x.plainResult(fr, e, fn, tReq)), true
}

// dynamic is a call through an interface.
func (x *exec) dynamic(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) []ev {
	var t types.Type
	switch r := recv.(type) {
	case *nextVal:
		return x.reachOne(fr, st, e, r, args)
	case *ptr:
		switch v := x.loadPtr(st, r).(type) {
		case *strct:
			if v.typ != nil {
				t = types.NewPointer(v.typ)
				if _, isPtr := v.typ.(*types.Pointer); isPtr {
					t = v.typ
				}
			}
		case *sym:
			if v.typ != nil {
				t = types.NewPointer(v.typ)
			}
		}
	case *strct:
		t = r.typ
	case *closure:
		t = r.typ
	case *konst:
		t = r.typ
	case *list:
		t = r.typ
	case *anyVal:
		var all []ev
		for _, o := range x.force(st, r, e) {
			all = append(all, x.dynamic(fr, o.st, e, fn, o.v, args)...)
		}
		return all
	case nilVal:
		if t = r.typ; t == nil {
			st.panics = true
			fr.panicked = append(fr.panicked, st)
			return nil
		}
	case *sym:
		if strings.HasPrefix(r.key, "nil:") && r.typ != nil {
			return x.dynamic(fr, st, e, fn, nilVal{r.typ}, args)
		}
		if r.unknown != nil {
			var all []ev
			for _, o := range x.resolveUnknown(fr, st, r.unknown) {
				if s, ok := o.v.(*sym); ok && s.unknown != nil {
					all = append(all, x.opaque(fr, o.st, e, fn, s, args)...)
					continue
				}
				all = append(all, x.dynamic(fr, o.st, e, fn, o.v, args)...)
			}
			return all
		}
		t = r.typ
		recv = unboxed(recv)
	}
	if t != nil && !types.IsInterface(t) {
		if m, owner := x.method(fr, st, t, recv, fn); m != nil {
			if rs, ok := x.guarded(st, m); ok {
				return rs
			}
			if rs, ok := x.library(fr, st, e, m, owner, args); ok {
				return rs
			}
			if types.IsInterface(m.Signature().Recv().Type()) {
				return x.dynamic(fr, st, e, m, owner, args)
			}
			return x.static(fr, st, e, m, owner, args, nil)
		}
	}
	s, ok := recv.(*sym)
	if ok && s.kind == plain || recv == nil || t == nil && ofLostType(recv) {
		if ok && !ofWiring(s) {
			x.mayWriteAllHeld(fr, st, e)
		}
		if impls := x.j.implementers(fn); len(impls) > 0 {
			if matters, steers := x.anyInterest(st, args); matters || steers || x.service != nil && taintOf(recv)&tReq != 0 {
				return x.each(fr, st, e, fn, s, impls, args)
			}
		}
	}
	if matters, _ := x.anyInterest(st, args); matters && t == nil && ofLostType(recv) {
		mayHaveWritten(st)
	}
	return x.opaque(fr, st, e, fn, recv, x.asContexts(fn, args))
}

// ofLostType says whether a value is of one of several types that are not told apart.
func ofLostType(v val) bool {
	switch v.(type) {
	case *konst, *cond, *list:
		return true
	}
	return false
}

func (x *exec) anyInterest(st *state, vs []val) (matters, steers bool) {
	for _, v := range vs {
		m, s := x.interest(st, v, 0)
		matters, steers = matters || m, steers || s
	}
	return matters, steers
}

// each runs a method of all types of the module that have it. What is called of
// types that are not read is not known.
func (x *exec) each(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv *sym, impls []types.Type, args []val) []ev {
	var all []ev
	names := make([]string, len(impls))
	for i, t := range impls {
		names[i] = "another type"
		if t != nil {
			names[i] = typeName(t)
		}
	}
	for i, t := range impls {
		s := st.clone()
		r := &sym{t: tSetting, key: "dyn:" + names[i], typ: t, text: exprText(e.Fun)}
		if recv != nil {
			r.key = recv.key + "*" + names[i]
			r.t = recv.t
		}
		if len(impls) > 1 {
			key := "dyn:" + r.key
			if is, ok := s.known.get(key); ok && !is {
				continue
			} else if !ok {
				for _, other := range names {
					if o := "dyn:" + strings.TrimSuffix(r.key, names[i]) + other; o != key {
						s.known.set(o, false)
					}
				}
				s.decide(fact{key: key, is: true, text: exprText(e.Fun) + " is that of " + short(names[i]), pos: e.Pos()})
			}
		}
		if t == nil {
			all = append(all, x.opaque(fr, s, e, fn, r, args)...)
			continue
		}
		m, owner := x.method(fr, s, t, r, fn)
		if m == nil {
			all = append(all, x.opaque(fr, s, e, fn, r, args)...)
			continue
		}
		all = append(all, x.static(fr, s, e, m, owner, args, nil)...)
	}
	return all
}

// method finds a method of a type by name, and what it is called on, through
// embedded fields.
func (x *exec) method(fr *frame, st *state, t types.Type, recv val, fn *types.Func) (*types.Func, val) {
	obj, index, _ := types.LookupFieldOrMethod(t, true, fn.Pkg(), fn.Name())
	m, ok := obj.(*types.Func)
	if !ok {
		return nil, nil
	}
	for _, i := range index[:len(index)-1] {
		f := structField(t, i)
		if f == nil {
			return nil, nil
		}
		p, isPtr := recv.(*ptr)
		recv = x.field(fr, st, recv, f, fn.Pos())
		t = f.Type()
		if _, holdsPtr := t.Underlying().(*types.Pointer); isPtr && !holdsPtr && !types.IsInterface(t) {
			recv = x.into(st, p, f.Name(), true)
		}
	}
	return m, recv
}

func short(name string) string {
	name = strings.TrimLeft(name, "*")
	return name[strings.LastIndexByte(name, '/')+1:]
}
