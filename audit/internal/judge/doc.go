// Package judge proves that the middleware in front of a handler denies callers
// without identity: it runs the code of the chain on values that are not known,
// in all ways that it can go, and looks at which ways come to the handler.
//
// # Map
//
// Each file is about one thing; this is the order to read them in.
//
//   - What is asked and answered: judge.go, verdict.go. How the links of a chain
//     run one after the other, and what of a link's work serves the next route
//     too: running.go, link.go, share.go, join.go, blend.go, hash.go. The handler
//     behind an open chain: handler.go, adapting.go, concern.go.
//   - The interpreter. Values are in vals.go, ways in state.go and shared.go,
//     variables in memory.go; exec.go runs statements, eval.go expressions,
//     branch.go conditions, compare.go comparisons, loops.go and search.go loops,
//     returns.go and recovery.go the ends of functions. A call goes through
//     call.go to a body (inline.go), to one of several methods (implementers.go),
//     to what a library means (library.go) or to nothing known (opaque.go).
//     Besides: beside.go, boxed.go, composite.go, elements.go, arrays.go,
//     errorsas.go, escape.go, fresh.go, later.go, once.go, order.go, resolve.go,
//     tables.go, convert.go.
//   - What calls mean that are not run: libraries.go, identity.go, stdrule.go,
//     rule.go, passing.go, query.go, condition.go, session.go, relayed.go,
//     frameworks.go, adapters.go, words.go, pathnames.go.
//   - What is left out since it cannot matter: inert.go, interest.go, writing.go.
//   - Where a proof does not hold. The key: callerskey.go, needs.go, settings.go,
//     checkedstart.go, defaults.go, loader.go, emptied.go, zero.go, index.go,
//     random.go. What is compared with it: chosen.go, callers.go, flow.go,
//     equality.go, mixed.go, ownequal.go, yieldsnil.go. How it was verified:
//     lapse.go, lax.go. A store that callers fill: store.go, stores.go,
//     storein.go, puts.go, fills.go, gives.go.
//   - Who may write the request, or what a link rests on: written.go,
//     headertexts.go, reqctx.go, requests.go, replaced.go, shelved.go, traced.go,
//     taken.go, heldptr.go, keyslost.go, made.go, deeds.go, deedswriting.go,
//     methods.go, reflected.go, several.go, around.go, again.go.
//   - effect.go tells what a call answers to the caller, source.go reads code.
package judge
