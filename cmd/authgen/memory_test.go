package main

import "testing"

func TestPercent(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: (heapBudget - leastHeap) * 100 / leastHeap, heapBudget / 2: 100, heapBudget: 30, heapBudget + 1: 60, 1 << 40: 60} {
		if got := percent(live); got != want {
			t.Errorf("%d MB live: %d %%, want %d %%", live>>20, got, want)
		}
	}
}
