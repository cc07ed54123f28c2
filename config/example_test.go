package config_test

import (
	"fmt"

	"github.com/authgen/authgen/config"
)

func ExampleParse() {
	c, problems := config.Parse([]byte(`
roles: {admin: Runs the place, member: ""}
rules:
  billing: [roles=admin, stepup=10m]
strict: {public-reasons: true}
`))
	for _, r := range c.Rules {
		for _, d := range r.Directives {
			fmt.Printf("%s at %d:%d: %s\n", r.Name, d.Position.Line, d.Position.Column, d.Text)
		}
	}
	for _, p := range problems {
		fmt.Printf("%d:%d: %s; %s (%s)\n", p.Position.Line, p.Position.Column, p.Message, p.Suggestion, p.Code)
	}
	// Output:
	// billing at 4:13: roles=admin
	// billing at 4:26: stepup=10m
	// 5:10: strict has no key "public-reasons"; did you mean "public-reason"? (AUTH063)
}
