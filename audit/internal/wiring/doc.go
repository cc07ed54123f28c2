// Package wiring reads the wiring code of programs: it follows main, and what
// main calls, as far as routers are concerned, and tells which routes are
// registered, on which router, with which handler and chain.
//
// # Map
//
// Each file is about one thing; this is the order to read them in.
//
//   - What is asked and answered: wiring.go, interp.go. Which code is followed at
//     all: relevant.go, refers.go, spoken.go, carries.go, holders.go, types.go,
//     bounds.go.
//   - The interpreter. A variable holds one of several values, each under its
//     condition: state.go, about.go, decide.go, unite.go. exec.go runs statements,
//     branches.go conditions, loops.go, rounds.go and repeat.go loops, flow.go,
//     body.go and success.go the ends of functions, globals.go packages.
//     Expressions are in expr.go, operators.go, composite.go, builtins.go,
//     channels.go, slices.go, places.go and receivers.go, calls in call.go,
//     typeargs.go, late.go and callbacks.go.
//   - What the standard library computes: model.go, fold.go, sequences.go, format.go,
//     text.go, printed.go, methods.go.
//   - What is no longer known since other code had it: opaque.go, sets.go, forget.go,
//     lose.go, mutate.go, away.go, snapshots.go, unheard.go.
//   - Routers: framework.go and registration.go for calls of theirs, chains.go,
//     peel.go and adapters.go for what stands in front of a handler, compose.go for
//     routers within others, serve.go for what a program serves, dispatch.go for
//     handlers that look at the path themselves.
//   - What a handler or link leads to: next.go, runs.go, asks.go, asked.go,
//     takes.go, ruled.go, speech.go, errors.go, names.go.
package wiring
