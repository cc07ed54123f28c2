package entitlement

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxBytes is the largest snapshot that Parse reads: some two million entitlements.
const MaxBytes = 256 << 20

// Parse reads the body of GET /api/v1/vendor-entitlements. Memory and time are linear in
// its size, but for regular expressions, which are bounded.
//
// It is an error when data is not JSON or above MaxBytes, a list is missing, or a
// feature is not understood: a permission whose feature is not known would be free.
// Everything else that is not understood is left out so that it can only deny, and
// counted, see [Snapshot.Dropped]. Additional members and columns are not looked at.
// data may be changed afterwards.
func Parse(data []byte) (*Snapshot, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("the snapshot has %d bytes, more than %d", len(data), MaxBytes)
	}
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, errors.New("the snapshot is not JSON in UTF-8")
	}
	var outer [2]string
	if !members(strings.TrimSpace(string(data)), []string{"data", "snapshotOffset"}, outer[:]) {
		return nil, errors.New("the snapshot is not an object, or has a member twice")
	}
	offset, ok := number(outer[1])
	if !ok || offset != math.Trunc(offset) || math.Abs(offset) > 1<<53 {
		return nil, errors.New("snapshotOffset is not a whole number")
	}
	lists := [...]string{"features", "featureBundles", "entitlements", "featureFlags"}
	var list [len(lists)]string
	if !members(outer[0], lists[:], list[:]) {
		return nil, errors.New("data is not an object, or has a member twice")
	}
	for i := range lists {
		if list[i] == "" || list[i][0] != '[' {
			return nil, fmt.Errorf("data.%s is not an array", lists[i])
		}
	}
	p := parser{
		Snapshot: &Snapshot{
			offset: int64(offset), byKey: map[string]uint32{}, permissions: map[string][]uint32{}, subjects: map[holder]uint32{},
		},
		featureIDs: map[string]uint32{},
		bundles:    map[string]uint32{},
	}
	if err := p.parseFeatures(list[0]); err != nil {
		return nil, err
	}
	p.parseBundles(list[1])
	p.parseEntitlements(list[2])
	p.parseFlags(list[3])
	p.dropped.Patterns = p.patterns.refused
	return p.Snapshot, nil
}

// parser holds what parsing needs and a snapshot does not.
type parser struct {
	*Snapshot
	featureIDs map[string]uint32
	bundles    map[string]uint32
	patterns   patterns
}

// parseFeatures reads [id, key, permissions or null]. Several ids may have one key.
func (p *parser) parseFeatures(list string) error {
	it := itemsOf(list, '[')
	for n := 0; ; n++ {
		raw, ok := it.next()
		if !ok {
			return nil
		}
		var f [3]string
		tupled := tuple(raw, f[:], 2)
		id, hasID := filled(f[0])
		key, hasKey := filled(f[1])
		permissions, listed := texts(f[2])
		if _, taken := p.featureIDs[id]; !tupled || !hasID || !hasKey || taken || !listed && !absent(f[2]) {
			return fmt.Errorf("data.features[%d] is not an id of its own, a key and a list of permissions", n)
		}
		place, known := p.byKey[key]
		if !known {
			place = uint32(len(p.features))
			p.features = append(p.features, feature{})
			p.byKey[strings.Clone(key)] = place
		}
		p.featureIDs[id] = place
		for _, permission := range permissions {
			if !slices.Contains(p.permissions[permission], place) {
				p.permissions[permission] = append(p.permissions[permission], place)
			}
		}
	}
}

// parseBundles reads [id, feature ids, default treatment, rules].
func (p *parser) parseBundles(list string) {
	var repeated []uint32
	var plans []*targeting
	var members [][]uint32 // features of each bundle
	it := itemsOf(list, '[')
	for {
		raw, ok := it.next()
		if !ok {
			break
		}
		var f [4]string
		tupled := tuple(raw, f[:], 2)
		id, hasID := filled(f[0])
		ids, listed := texts(f[1])
		if !tupled || !hasID || !listed && !absent(f[1]) {
			p.dropped.Bundles++
			continue
		}
		if bundle, taken := p.bundles[id]; taken {
			p.dropped.Bundles++
			repeated = append(repeated, bundle)
			continue
		}
		p.bundles[id] = uint32(len(members))
		var features []uint32
		for _, id := range ids {
			if place, known := p.featureIDs[id]; known {
				features = append(features, place)
			}
		}
		members = append(members, features)
		plans = append(plans, p.plan(f[2], f[3]))
	}
	// It is not said which of two bundles with one id is meant.
	for _, bundle := range repeated {
		members[bundle] = nil
	}
	for bundle, features := range members {
		for _, place := range features {
			f := &p.features[place]
			f.bundles = append(f.bundles, uint32(bundle))
			if plan := plans[bundle]; plan != nil && plan.mayGrant() {
				f.targets = append(f.targets, plan)
			}
		}
	}
}

// plan returns nil for rules that never grant.
func (p *parser) plan(treatment, rules string) *targeting {
	fallback, ok := treated(treatment)
	t, understood := p.targeting(fallback, rules)
	if !understood || !ok && !absent(treatment) {
		p.dropped.Plans++
		return nil
	}
	return t
}

// parseEntitlements reads [bundle id, tenant, user or null, expiry or null].
func (p *parser) parseEntitlements(list string) {
	type row struct {
		subject, bundle uint32
		expires         int64
	}
	var rows []row
	tenants := map[string]string{}
	it := itemsOf(list, '[')
	for {
		raw, ok := it.next()
		if !ok {
			break
		}
		var f [4]string
		tupled := tuple(raw, f[:], len(f))
		id, hasID := filled(f[0])
		tenant, hasTenant := filled(f[1])
		user, hasUser := filled(f[2])
		expires, dated := date(f[3])
		if f[3] == "null" {
			expires, dated = never, true
		}
		if !tupled || !hasID || !hasTenant || !dated || !hasUser && f[2] != "null" {
			p.dropped.Entitlements++
			continue
		}
		bundle, known := p.bundles[id]
		if !known {
			continue
		}
		subject, known := p.subjects[holder{tenant, user}]
		if !known {
			kept, ok := tenants[tenant]
			if !ok {
				kept = strings.Clone(tenant)
				tenants[kept] = kept
			}
			subject = uint32(len(p.subjects))
			p.subjects[holder{kept, strings.Clone(user)}] = subject
		}
		rows = append(rows, row{subject, bundle, expires})
	}
	// The best grant of a bundle comes first, and is the one that stays.
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.subject, b.subject), cmp.Compare(a.bundle, b.bundle), cmp.Compare(b.expires, a.expires))
	})
	rows = slices.CompactFunc(rows, func(a, b row) bool { return a.subject == b.subject && a.bundle == b.bundle })
	p.grants = grants{make([]uint32, len(rows)), make([]int64, len(rows))}
	p.starts = make([]uint32, len(p.subjects)+1)
	for i, r := range rows {
		p.grants.bundles[i], p.grants.expires[i] = r.bundle, r.expires
		p.starts[r.subject+1] = uint32(i + 1)
	}
}

// parseFlags reads [feature key, on, "boolean", default treatment, off treatment, rules].
func (p *parser) parseFlags(list string) {
	it := itemsOf(list, '[')
	for {
		raw, ok := it.next()
		if !ok {
			return
		}
		var f [6]string
		tupled := tuple(raw, f[:], 5)
		key, hasKey := filled(f[0])
		on, hasOn := boolean(f[1])
		valueType, _ := text(f[2])
		fallback, hasFallback := treated(f[3])
		off, hasOff := treated(f[4])
		t, understood := p.targeting(fallback, f[5])
		if !tupled || !hasKey || !hasOn || valueType != "boolean" || !hasFallback || !hasOff || !understood {
			p.dropped.Flags++
			continue
		}
		if !on {
			t = &targeting{fallback: off}
		}
		if place, known := p.byKey[key]; known && t.mayGrant() {
			p.features[place].targets = append(p.features[place].targets, t)
		}
	}
}
