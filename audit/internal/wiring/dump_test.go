package wiring_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/wiring"
)

func TestDump(t *testing.T) {
	d := os.Getenv("D")
	p, err := program.Load(t.Context(), program.Config{Dir: d})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	progs, err := wiring.Read(t.Context(), p, wiring.Config{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("read", time.Since(start))
	for _, pr := range progs {
		fmt.Println("PROGRAM", pr.Path, len(pr.Routes))
		for _, r := range pr.Routes {
			var chain []string
			for _, l := range r.Chain {
				c := l.Name
				for _, x := range l.Conditions {
					c += " if " + x.Text
				}
				chain = append(chain, c)
			}
			fmt.Println(r.Router.Number, r.Method, r.Host, r.Path, r.Name, r.Kind, p.Position(r.Pos), chain, r.Conditions)
		}
		for _, e := range pr.Ends {
			fmt.Println("END", p.Position(e.Pos), e.Why)
		}
	}
}
