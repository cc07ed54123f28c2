// Package policies has every predicate of policies.
package policies

import "net/http"

// API has the handlers.
type API struct{}

//auth:policy=role("admin") || permission("a") && scope("s")
func (API) Precedence(w http.ResponseWriter, r *http.Request) {}

//auth:policy=(role("admin") || permission("a")) && scope("s")
func (API) Parentheses(w http.ResponseWriter, r *http.Request) {}

//auth:policy=!role("blocked")
func (API) Negated(w http.ResponseWriter, r *http.Request) {}

//auth:policy=!(role("blocked") || token("service") || token("pat")) && authenticated
func (API) NegatedGroup(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /tenants/{tenantID}/users/{userID}
//auth:policy=tenant("tenantID") && (owner("userID") || role("admin"))
func (API) Parameters(w http.ResponseWriter, r *http.Request) {}

//auth:policy=role("admin") || feature("sso")
func (API) Feature(w http.ResponseWriter, r *http.Request) {}

//auth:policy=check("project:{id}#update") && !role("blocked")
func (API) Check(w http.ResponseWriter, r *http.Request) {}

//auth:policy=stepup("10m") || stepup && role("admin")
func (API) StepUp(w http.ResponseWriter, r *http.Request) {}

//auth:policy=role("admin") || stepup("10m") && permission("a")
func (API) OrStepUp(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /tenants/{tenantID}/users/{userID}/approval
//auth:policy=role("approver") && !owner("userID") && !tenant("tenantID")
func (API) NotOwner(w http.ResponseWriter, r *http.Request) {}

//auth:policy=rule("staff") && permission("a")
func (API) Named(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /kept/{id}
//auth:policy=rule("keepers") || check("team:main#lead")
func (API) Kept(w http.ResponseWriter, r *http.Request) {}

//auth:rule=billing
func (API) Billing(w http.ResponseWriter, r *http.Request) {}

// Vendors has handlers that name vendor tokens.
type Vendors struct{}

//auth:route=GET /first
//auth:policy=token("vendor") && permission("a") || role("admin")
func (Vendors) First(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /last
//auth:policy=role("admin") || permission("a") && token("vendor")
func (Vendors) Last(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /none
//auth:policy=!token("vendor") || role("admin")
func (Vendors) None(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /named
//auth:policy=role("admin") && rule("suppliers")
func (Vendors) Named(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /none-named
//auth:policy=role("admin") || !rule("suppliers")
func (Vendors) NoneNamed(w http.ResponseWriter, r *http.Request) {}

// Partner has a handler for the tokens of one issuer.
type Partner struct{}

//auth:policy=issuer("partner") && !issuer("own")
func (Partner) Policy(w http.ResponseWriter, r *http.Request) {}

//auth:issuer=partner
func (Partner) Directive(w http.ResponseWriter, r *http.Request) {}

//auth:check=project:{id}#update,project:{id}#own
//auth:features=sso,scim
//auth:scopes=files:read
//auth:actor=none
//auth:stepup=1h
func (API) Everything(w http.ResponseWriter, r *http.Request) {}
