package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapBudget is what the heap may grow to before garbage is collected, in bytes.
// An audit of an application of usual size keeps 20 to 80 MB.
const heapBudget = 84 << 20

// leastHeap is the live heap from which Go's collector reckons when there is
// less: at 100 percent it first collects at 4 MB.
const leastHeap = 4 << 20

// collectSeldom makes the collector wait for 16 MB: most commands never need
// more. Whoever sets GOGC or GOMEMLIMIT decides alone.
func collectSeldom() {
	if !decided() {
		debug.SetGCPercent(400)
	}
}

// collectLate makes it wait until the heap comes near its budget: an audit runs
// for a second, and collecting at each doubling of a small heap costs a third of
// that. A heap that has come to the budget may grow by a third, and one that is
// larger, of which each collection takes long, by more.
func collectLate() {
	if decided() {
		return
	}
	debug.SetGCPercent(percent(leastHeap))
	afterCollection(func() {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		if live[0].Value.Kind() == metrics.KindUint64 {
			debug.SetGCPercent(percent(live[0].Value.Uint64()))
		}
	})
}

func decided() bool { return os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" }

// percent is the growth that leads from what lives to the budget.
func percent(live uint64) int {
	p := (heapBudget/math.Max(float64(live), leastHeap) - 1) * 100
	if live > heapBudget {
		return 60
	}
	return int(math.Max(p, 30))
}

// afterCollection calls f after each collection.
func afterCollection(f func()) {
	// What holds a pointer is never put together with others in one block, which
	// would keep it alive.
	runtime.SetFinalizer(new(*byte), func(**byte) {
		f()
		afterCollection(f)
	})
}
