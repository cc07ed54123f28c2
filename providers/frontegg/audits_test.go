package frontegg_test

import "github.com/authgen/authgen/providers/frontegg"

var anAudit = frontegg.Audit{TenantID: "t1", Severity: frontegg.SeverityInfo, Action: "Upload"}
