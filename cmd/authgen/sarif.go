package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"runtime/debug"
	"slices"
	"unicode/utf8"

	"github.com/authgen/authgen/diagnostic"
)

// The part of SARIF 2.1.0 that is written. Viewers read little more than this:
// they show message.text, follow the first location, and group by rule.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string      `json:"id"`
		ShortDescription     sarifText   `json:"shortDescription"`
		FullDescription      sarifText   `json:"fullDescription"`
		DefaultConfiguration sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID           string          `json:"ruleId"`
		RuleIndex        int             `json:"ruleIndex"`
		Level            string          `json:"level"`
		Message          sarifText       `json:"message"`
		Locations        []sarifLocation `json:"locations"`
		RelatedLocations []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
		Message          *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
)

// writeSARIF writes one SARIF document, also when there are no findings: an
// upload without results is what closes earlier ones.
func writeSARIF(w io.Writer, root string, findings []diagnostic.Diagnostic) error {
	info, _ := debug.ReadBuildInfo()
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "authgen", Version: version(info), Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	lines := sourceLines{root: root, files: map[string][][]byte{}}
	for _, code := range codesOf(findings) {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule(code))
	}
	for _, d := range findings {
		text := d.Message
		if d.Suggestion != "" {
			text += "; " + d.Suggestion
		}
		result := sarifResult{
			RuleID:    d.Code,
			RuleIndex: slices.IndexFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == d.Code }),
			Level:     severity(d.Severity),
			Message:   sarifText{text},
			Locations: []sarifLocation{lines.location(d.Position)},
		}
		for _, r := range d.Related {
			related := lines.location(r.Position)
			related.Message = &sarifText{r.Message}
			result.RelatedLocations = append(result.RelatedLocations, related)
		}
		run.Results = append(run.Results, result)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

func codesOf(findings []diagnostic.Diagnostic) []string {
	var codes []string
	for _, d := range findings {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func rule(code string) sarifRule {
	e, _ := diagnostic.Lookup(code)
	return sarifRule{
		ID:                   code,
		ShortDescription:     sarifText{cmp.Or(e.Title, code)},
		FullDescription:      sarifText{cmp.Or(e.Text, e.Title, code)},
		DefaultConfiguration: sarifConfig{severity(e.Severity)},
	}
}

// sourceLines turns columns in bytes into columns in characters, which is what
// SARIF can express.
type sourceLines struct {
	root  string
	files map[string][][]byte
}

func (s sourceLines) location(p diagnostic.Position) sarifLocation {
	location := sarifLocation{PhysicalLocation: sarifPhysical{
		ArtifactLocation: sarifArtifact{URI: (&url.URL{Path: p.File}).String(), URIBaseID: "%SRCROOT%"},
	}}
	if p.Line > 0 {
		location.PhysicalLocation.Region = &sarifRegion{
			StartLine:   p.Line,
			StartColumn: s.column(p.File, p.Line, p.Column),
			EndLine:     p.EndLine,
			EndColumn:   s.column(p.File, p.EndLine, p.EndColumn),
		}
	}
	return location
}

// column returns a column in bytes as it is when the source cannot be read.
func (s sourceLines) column(file string, line, column int) int {
	if line < 1 || column < 1 {
		return 0
	}
	lines, ok := s.files[file]
	if !ok {
		data, err := readUnder(s.root, file)
		if err == nil {
			lines = bytes.Split(data, []byte("\n"))
		}
		s.files[file] = lines
	}
	if line > len(lines) || column-1 > len(lines[line-1]) {
		return column
	}
	return 1 + utf8.RuneCount(lines[line-1][:column-1])
}
