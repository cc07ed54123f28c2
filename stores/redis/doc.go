// Package redis keeps in Redis what was looked up, so that all processes of a service
// share it: a [Store] is a frontegg.TokenCache.
//
//	store, err := redis.Open(redis.Settings{URL: "rediss://:" + password + "@redis.internal:6379/0"})
//	client, err := frontegg.Connect(ctx, frontegg.CacheTokens(store))
//
// Whoever can write that Redis decides what callers may do: see frontegg.CacheTokens.
// Give it a user of its own (ACL), for the commands GETRANGE, PTTL, SET, MULTI and EXEC
// alone, SELECT where the database is not 0, PING for [Store.Ping], CLUSTER and COMMAND
// where it is a cluster, and TLS where others can reach the network.
//
// A Redis that is down is told of by who uses the store. Of sentinels that are down
// go-redis tells too: it writes to standard error unless the program says otherwise
// (SetLogger of go-redis, which is for the whole process; a client has none of its own).
package redis
