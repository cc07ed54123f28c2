package entitlement

import (
	"math"
	"slices"
	"time"
)

// Snapshot is the entitlements of a vendor at one time. It never changes.
type Snapshot struct {
	offset      int64
	dropped     Dropped
	byKey       map[string]uint32
	features    []feature
	permissions map[string][]uint32 // features that a permission is linked to

	// Grants of a subject lie next to each other, by the bundle's number.
	subjects map[holder]uint32
	starts   []uint32 // of a subject's grants; those of the next begin where they end
	grants   grants
}

// Dropped counts what a snapshot holds and the parser did not understand. All of it
// can only deny.
type Dropped struct {
	Bundles      int // of wrong form, or with an id that another has
	Entitlements int
	Flags        int
	Plans        int // rules of a bundle as a whole; its direct entitlements count
	Rules        int
	Conditions   int // doubtful ones, patterns among them
	Patterns     int
}

type feature struct {
	bundles []uint32 // in order, as they are in the snapshot
	targets []*targeting
}

// holder has grants: a tenant, or with user set one user of it.
type holder struct{ tenant, user string }

// grants are the bundles that are held, and until when, in milliseconds since 1970.
type grants struct {
	bundles []uint32
	expires []int64
}

const (
	never   = math.MaxInt64 // expires never
	notHeld = math.MinInt64
)

// Subject is who asks. Without a tenant, nothing is held directly.
type Subject struct {
	TenantID    string
	UserID      string      // "" where no user stands behind the caller
	Permissions Permissions // nil for none
}

// Result is an answer. The zero Result denies without saying why.
type Result struct {
	Entitled      bool
	Justification Justification // "" when entitled
}

// Justification says why somebody is not entitled, in Frontegg's words.
type Justification string

// The justifications.
const (
	MissingFeature    Justification = "missing-feature"
	MissingPermission Justification = "missing-permission"
	BundleExpired     Justification = "bundle-expired"
)

// Offset is the number of the snapshot that the vendor counts.
func (s *Snapshot) Offset() int64 { return s.offset }

// Dropped returns what was not understood.
func (s *Snapshot) Dropped() Dropped { return s.dropped }

// Feature reports whether subject is entitled to the feature of this key at the time
// now: by a bundle that its tenant or user holds and that has not expired (at the
// instant of its expiry it has), by a flag, or by the rules of a plan. Of several the
// best counts. It does not allocate, unless claims have escapes where a condition
// looks, a pattern does or Lookup does.
func (s *Snapshot) Feature(subject Subject, key string, attributes *Attributes, now time.Time) Result {
	place, ok := s.byKey[key]
	if !ok {
		return Result{Justification: MissingFeature}
	}
	return s.feature(place, s.held(subject), attributes, now)
}

// Permission reports whether subject holds the permission and, when features are
// linked to it, is entitled to one of them. Whether asking for "" makes sense is for
// the caller to decide: who holds "*" holds it.
func (s *Snapshot) Permission(subject Subject, key string, attributes *Attributes, now time.Time) Result {
	if subject.Permissions == nil || !subject.Permissions.HasPermission(key) {
		return Result{Justification: MissingPermission}
	}
	linked := s.permissions[key]
	if len(linked) == 0 {
		return Result{Entitled: true}
	}
	held := s.held(subject)
	best := Result{Justification: MissingFeature}
	for _, place := range linked {
		r := s.feature(place, held, attributes, now)
		if r.Entitled {
			return r
		}
		if r.Justification == BundleExpired {
			best = r
		}
	}
	return best
}

func (s *Snapshot) feature(place uint32, held [2]grants, attributes *Attributes, now time.Time) Result {
	f := &s.features[place]
	at := int64(never - 1) // without a clock, only what never expires is valid
	if !now.IsZero() {
		at = now.UnixMilli()
	}
	expires := int64(notHeld)
	for i := range held {
		if expires = max(expires, f.expires(&held[i], at)); expires > at {
			return Result{Entitled: true}
		}
	}
	for _, t := range f.targets {
		if t.grants(attributes) {
			return Result{Entitled: true}
		}
	}
	if expires != notHeld {
		return Result{Justification: BundleExpired}
	}
	return Result{Justification: MissingFeature}
}

// held returns the grants of the tenant and of the user.
func (s *Snapshot) held(subject Subject) (held [2]grants) {
	held[0] = s.grantsOf(holder{tenant: subject.TenantID})
	if subject.UserID != "" {
		held[1] = s.grantsOf(holder{subject.TenantID, subject.UserID})
	}
	return held
}

func (s *Snapshot) grantsOf(h holder) grants {
	n, ok := s.subjects[h]
	if !ok {
		return grants{}
	}
	from, to := s.starts[n], s.starts[n+1]
	return grants{s.grants.bundles[from:to], s.grants.expires[from:to]}
}

// expires returns the latest expiry of the grants of bundles with f, or the first that
// is after now.
func (f *feature) expires(held *grants, now int64) int64 {
	latest := int64(notHeld)
	for i, j := 0, 0; i < len(f.bundles) && j < len(held.bundles); {
		switch with, has := f.bundles[i], held.bundles[j]; {
		case with < has:
			i = skip(f.bundles, i+1, has)
		case has < with:
			j = skip(held.bundles, j+1, with)
		default:
			if latest = max(latest, held.expires[j]); latest > now {
				return latest
			}
			i, j = i+1, j+1
		}
	}
	return latest
}

// skip returns the first place from i on in a sorted list that has at least least. It
// looks nearby first, and then further and further away: a short list and a long one
// meet in few steps, and two long ones in no more than they have members.
func skip(list []uint32, i int, least uint32) int {
	step := 1
	for ; i+step <= len(list) && list[i+step-1] < least; step *= 2 {
		i += step
	}
	n, _ := slices.BinarySearch(list[i:min(i+step, len(list))], least)
	return i + n
}
