package judge

import "strings"

// The functions of other modules that are known, by import path; without a major
// version, of all versions. A function stands here for what its documentation says
// that a nil error or a true means, whatever it is given: one that tells "none" by
// an error for some destinations only does not. What is not listed is a claim.

var (
	gormDB = library{
		row:  "First Take Last Row",
		rows: "Find Scan Pluck Count Rows ScanRows FindInBatches",
		build: `Assign Attrs Clauses Debug Distinct G Group Having InnerJoins Joins Limit Model Offset Omit Order Preload Raw Scopes Select Session
			Set Table Unscoped Where WithContext`,
		asks:    "Where Raw Joins InnerJoins Clauses Scopes G Session WithContext",
		none:    "FirstOrCreate FirstOrInit Not Or Create Save Exec",
		handles: true,
	}
	xormDB = library{
		rows: "Get Exist Has Find Count FindAndCount Iterate Rows Sum SumInt Sums SumsInt Query QueryString QueryInterface",
		build: `Alias AllCols And Asc Cols Context Desc Distinct GroupBy Having ID In Join Limit NewSession NoAutoCondition Omit OrderBy Prepare
			Select SQL Table Unscoped Where`,
		asks: "And Context ID In Join SQL Where",
		none: "Or NotIn Insert Update Delete Exec",
	}
	sqlxDB = library{
		row:   "Get GetContext QueryRow QueryRowContext QueryRowx QueryRowxContext",
		rows:  "Select SelectContext Query QueryContext Queryx QueryxContext NamedQuery NamedQueryContext Next",
		part:  "Scan StructScan MapScan SliceScan",
		build: "In Named Rebind BindNamed",

		handles: true,
	}
	pgxDB = library{
		row:  "QueryRow CollectOneRow CollectExactlyOneRow",
		rows: "Query CollectRows AppendRows ForEachRow Next",
		part: "Scan Values",

		handles: true,
	}
	bunDB = library{
		rows:  "Count Exists ScanAndCount",
		build: "Model NewSelect Where WherePK Column ColumnExpr Relation Limit Offset Order OrderExpr Join JoinOn Distinct Apply Table TableExpr",
		asks:  "Where WherePK Join JoinOn",
		none:  "WhereOr",
	}
	goPG = library{
		row:   "QueryOne QueryOneContext",
		rows:  "Count Exists SelectAndCount SelectOrInsert Query QueryContext",
		build: "Model ModelContext Where WherePK Column ColumnExpr Relation Limit Offset Order OrderExpr Join JoinOn Distinct DistinctOn Apply Table TableExpr",
		asks:  "ModelContext Where WherePK Join JoinOn",
		none:  "WhereOr",
	}
	mongoDB = library{
		row:  "FindOne FindOneAndDelete",
		rows: "Find CountDocuments Distinct Aggregate Next TryNext All",
		part: "Decode Err Raw",

		handles: true,
	}
	redisDB = library{
		row:     "Get GetDel GetEx HGet ZScore",
		rows:    "Exists HExists HGetAll HKeys HLen HMGet HVals Keys LLen LRange MGet SCard SIsMember SMembers SMIsMember StrLen XLen ZCard ZRange",
		part:    "Result Err Val Text Bytes Bool Int Int64 Uint64 Float32 Float64 Time Scan",
		handles: true,
	}
	redigo = library{part: "String Bytes Int Int64 Uint64 Bool Float64 Strings Values StringMap ByteSlices"}
	cached = library{rows: "Get GetWithExpiration GetWithTTL Peek Contains GetIfPresent GetEntryIfPresent Has", keeps: true}
	kept   = library{row: "Get", keeps: true}
	keyed  = library{row: "Get"}
	bolted = library{rows: "Bucket.Get"}
	tokens = library{
		check: "Parse ParseWithClaims ParseFromRequest ParseFromRequestWithClaims",
		none:  "ParseUnverified DecodeSegment EncodeSegment SplitToken",
	}
	jwxJWT = library{
		check: "Parse ParseString ParseReader ParseRequest ParseHeader ParseForm ParseCookie",
		none:  "ParseInsecure Validate Equal",
	}
	simpleSessions = library{part: "Int Int64 UInt64 Float64 String Bytes Bool"}
	joseJWT        = library{
		check:  "Claims Verify VerifyMulti DetachedVerify DetachedVerifyMulti",
		sealed: "ParseSigned ParseSignedCompact ParseSignedJSON ParseDetached ParseEncrypted ParseSignedAndEncrypted",
		none:   "UnsafeClaimsWithoutVerification UnsafePayloadWithoutVerification Validate ValidateWithLeeway",
		keys:   true,
	}
)

var libraries = map[string]library{
	"gorm.io/gorm": gormDB, "gorm.io/gen": gormDB, "gorm.io/gen/field": {build: "Eq In And"}, "github.com/jinzhu/gorm": gormDB,
	"xorm.io/xorm": xormDB, "github.com/go-xorm/xorm": xormDB,
	"xorm.io/builder":         {build: "Eq In And Expr Select From Where", asks: "Eq In And Expr From Where", none: "Or Not Neq NotIn Like Gt Gte Lt Lte Between If"},
	"github.com/jmoiron/sqlx": sqlxDB,
	"github.com/jackc/pgx":    pgxDB, "github.com/jackc/pgx/pgxpool": pgxDB, "github.com/jackc/pgx/pgconn": pgxDB,
	"github.com/jackc/pgx/stdlib": pgxDB, "github.com/jackc/pgxpool": pgxDB,
	"github.com/georgysavva/scany/pgxscan": {row: "Get ScanOne", rows: "Select ScanAll"},
	"github.com/georgysavva/scany/sqlscan": {row: "Get ScanOne", rows: "Select ScanAll"},
	"github.com/blockloop/scan":            {row: "Row RowStrict", rows: "Rows RowsStrict"},
	"github.com/uptrace/bun":               bunDB,
	"github.com/go-pg/pg":                  goPG, "github.com/go-pg/pg/orm": goPG,
	"github.com/Masterminds/squirrel":   {row: "QueryRow QueryRowContext", part: "Scan", build: "Select Columns From Where Join LeftJoin InnerJoin Limit OrderBy RunWith PlaceholderFormat ToSql MustSql Eq", asks: "From Where Join InnerJoin RunWith ToSql MustSql Eq And SelectBuilder", handles: true},
	"github.com/gocraft/dbr":            {row: "LoadOne LoadOneContext", rows: "Load LoadContext", build: "Select From Where Join LeftJoin Limit OrderBy SelectBySql", asks: "From Where Join SelectBySql"},
	"github.com/upper/db":               {row: "One", rows: "All Count Exists", build: "Collection Find Select Where And OrderBy Limit", asks: "Collection Find Where And"},
	"go.mongodb.org/mongo-driver/mongo": mongoDB,
	"github.com/globalsign/mgo":         {row: "One", rows: "All Count", build: "C DB Find FindId Select Sort Limit"},
	"gopkg.in/mgo.v2":                   {row: "One", rows: "All Count", build: "C DB Find FindId Select Sort Limit"},
	"github.com/redis/go-redis":         redisDB, "github.com/go-redis/redis": redisDB,
	"github.com/gomodule/redigo/redis": redigo, "github.com/garyburd/redigo/redis": redigo,
	"github.com/redis/rueidis": {
		part: "ToString AsBytes ToMessage ToAny ToInt64 AsInt64 AsUint64 AsBool AsFloat64 AsReader DecodeJSON Error NonRedisError",
	},
	"github.com/patrickmn/go-cache": cached, "github.com/dgraph-io/ristretto": cached, "github.com/hashicorp/golang-lru": cached,
	"github.com/hashicorp/golang-lru/expirable": cached, "github.com/hashicorp/golang-lru/simplelru": cached,
	"github.com/maypok86/otter": cached, "github.com/Yiling-J/theine-go": cached, "github.com/jellydator/ttlcache": cached, "github.com/ReneKroon/ttlcache": cached,
	"github.com/puzpuzpuz/xsync": {rows: "Load", keeps: true}, "github.com/orcaman/concurrent-map": cached, "github.com/karlseguin/ccache": cached,
	"github.com/allegro/bigcache": kept, "github.com/coocood/freecache": kept, "github.com/bradfitz/gomemcache/memcache": keyed,
	"github.com/dgraph-io/badger": keyed, "github.com/tidwall/buntdb": keyed, "github.com/syndtr/goleveldb/leveldb": keyed, "github.com/cockroachdb/pebble": keyed,
	"go.etcd.io/bbolt": bolted, "github.com/boltdb/bolt": bolted, "github.com/coreos/bbolt": bolted,

	"github.com/golang-jwt/jwt": tokens, "github.com/golang-jwt/jwt/request": tokens, "github.com/dgrijalva/jwt-go": tokens,
	"github.com/dgrijalva/jwt-go/request": tokens, "github.com/form3tech-oss/jwt-go": tokens, "github.com/form3tech-oss/jwt-go/request": tokens,
	"github.com/lestrrat-go/jwx/v2/jwt": jwxJWT, "github.com/lestrrat-go/jwx/v3/jwt": jwxJWT,
	"github.com/lestrrat-go/jwx/jws": {check: "Verify VerifySet", sealed: "Parse ParseString"},
	"github.com/go-jose/go-jose":     joseJWT, "github.com/go-jose/go-jose/jwt": joseJWT,
	"gopkg.in/go-jose/go-jose.v2": joseJWT, "gopkg.in/go-jose/go-jose.v2/jwt": joseJWT,
	"gopkg.in/square/go-jose.v2": joseJWT, "gopkg.in/square/go-jose.v2/jwt": joseJWT,
	"github.com/cristalhq/jwt/v4":                  {check: "Parse ParseClaims Verify", none: "ParseNoVerify"},
	"github.com/cristalhq/jwt/v5":                  {check: "Parse ParseClaims Verify", none: "ParseNoVerify"},
	"github.com/kataras/jwt":                       {check: "Verify VerifyEncrypted VerifyWithHeaderValidator", none: "Decode"},
	"github.com/aidantwoods/go-paseto":             {check: "Parser.ParseV2Local Parser.ParseV2Public Parser.ParseV3Local Parser.ParseV3Public Parser.ParseV4Local Parser.ParseV4Public"},
	"aidanwoods.dev/go-paseto":                     {check: "Parser.ParseV2Local Parser.ParseV2Public Parser.ParseV3Local Parser.ParseV3Public Parser.ParseV4Local Parser.ParseV4Public"},
	"github.com/o1egl/paseto":                      {check: "Decrypt Verify"},
	"github.com/coreos/go-oidc/oidc":               {check: "Verify VerifySignature UserInfo", build: "Verifier VerifierContext"},
	"github.com/zitadel/oidc/pkg/oidc":             {check: "CheckSignature", none: "ParseToken"},
	"github.com/zitadel/oidc/pkg/op":               {check: "VerifyAccessToken VerifyIDTokenHint"},
	"github.com/zitadel/oidc/pkg/client/rp":        {check: "VerifyTokens VerifyIDToken Userinfo CodeExchange"},
	"golang.org/x/oauth2":                          {check: "Exchange"},
	"google.golang.org/api/idtoken":                {check: "Validate", none: "ParsePayload"},
	"firebase.google.com/go/auth":                  {check: "VerifyIDToken VerifyIDTokenAndCheckRevoked VerifySessionCookie VerifySessionCookieAndCheckRevoked"},
	"github.com/auth0/go-jwt-middleware/validator": {check: "ValidateToken"},
	"github.com/clerk/clerk-sdk-go/jwt":            {check: "Verify", none: "Decode"},
	"github.com/gorilla/securecookie":              {check: "Decode DecodeMulti", made: true},
	"github.com/alexedwards/argon2id":              {check: "ComparePasswordAndHash CheckHash"},
	"github.com/matthewhartstonge/argon2":          {check: "VerifyEncoded"},
	"github.com/pquerna/otp/totp":                  {check: "Validate ValidateCustom"},
	"github.com/pquerna/otp/hotp":                  {check: "Validate ValidateCustom"},
	"github.com/tg123/go-htpasswd":                 {check: "Match"},
	"github.com/go-ldap/ldap/v3":                   {check: "Bind SimpleBind", none: "UnauthenticatedBind NTLMUnauthenticatedBind"},
	"github.com/duo-labs/webauthn/webauthn":        {check: "FinishLogin ValidateLogin ValidateDiscoverableLogin"},
	"github.com/go-webauthn/webauthn/webauthn":     {check: "FinishLogin ValidateLogin FinishPasskeyLogin ValidatePasskeyLogin FinishDiscoverableLogin ValidateDiscoverableLogin"},
	"github.com/google/go-github/github":           {check: "ValidatePayload ValidatePayloadFromBody ValidateSignature"},
	"github.com/stripe/stripe-go/webhook":          {check: "ConstructEvent ConstructEventWithTolerance ConstructEventWithOptions ValidatePayload ValidatePayloadWithTolerance"},
	"github.com/zerodha/simplesessions":            simpleSessions, "github.com/zerodha/simplesessions/stores/postgres": simpleSessions,
	"github.com/zerodha/simplesessions/stores/redis": simpleSessions, "github.com/zerodha/simplesessions/stores/memory": simpleSessions,
	"github.com/svix/svix-webhooks/go": {check: "Verify", none: "VerifyIgnoringTimestamp"},
}

// sessionLibraries keep sessions, whose contents the program itself put there.
var sessionLibraries = strings.Fields(`
	github.com/gorilla/sessions github.com/gin-contrib/sessions github.com/gin-gonic/contrib/sessions github.com/labstack/echo-contrib/session
	github.com/alexedwards/scs github.com/go-session/session github.com/go-session/gin-session github.com/go-session/echo-session
	github.com/ipfans/echo-session github.com/boj/redistore github.com/rbcervilla/redisstore github.com/antonlindstrom/pgstore github.com/wader/gormstore
	github.com/quasoft/memstore github.com/dghubble/sessions github.com/icza/session github.com/astaxie/beego/session github.com/go-macaron/session
	github.com/zerodha/simplesessions gitea.com/go-chi/session code.forgejo.org/go-chi/session`)

// pureLibraries parse, match and convert: what they make of what the caller sends
// is the caller's.
var pureLibraries = strings.Fields(`
	github.com/google/uuid github.com/gofrs/uuid github.com/satori/go.uuid github.com/hashicorp/go-uuid github.com/rs/xid github.com/oklog/ulid
	github.com/segmentio/ksuid github.com/lithammer/shortuuid github.com/matoous/go-nanoid github.com/teris-io/shortid github.com/speps/go-hashids
	github.com/sqids/sqids-go github.com/btcsuite/btcutil/base58 github.com/mr-tron/base58 github.com/jxskiss/base62
	github.com/dlclark/regexp2 github.com/grafana/regexp github.com/gobwas/glob github.com/bmatcuk/doublestar github.com/asaskevich/govalidator
	github.com/go-playground/validator github.com/go-ozzo/ozzo-validation github.com/gookit/validate gopkg.in/go-playground/validator.v8
	gopkg.in/go-playground/validator.v9 github.com/tidwall/gjson github.com/tidwall/sjson github.com/buger/jsonparser github.com/valyala/fastjson
	github.com/json-iterator/go github.com/goccy/go-json github.com/bytedance/sonic github.com/mailru/easyjson github.com/segmentio/encoding
	github.com/goccy/go-yaml gopkg.in/yaml.v2 gopkg.in/yaml.v3 github.com/pelletier/go-toml github.com/vmihailenco/msgpack github.com/fxamacker/cbor
	golang.org/x/text golang.org/x/net/idna golang.org/x/exp/slices golang.org/x/exp/maps github.com/spf13/cast github.com/samber/lo
	github.com/thoas/go-funk github.com/pkg/errors github.com/cockroachdb/errors github.com/mitchellh/mapstructure github.com/go-viper/mapstructure
	github.com/jinzhu/copier github.com/shopspring/decimal github.com/Masterminds/semver github.com/hashicorp/go-version github.com/nyaruka/phonenumbers
	github.com/ttacon/libphonenumber github.com/mileusna/useragent github.com/mssola/user_agent github.com/microcosm-cc/bluemonday
	github.com/google/go-cmp google.golang.org/protobuf github.com/golang/protobuf`)
