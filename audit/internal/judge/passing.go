package judge

// passing are functions of libraries that yield middleware which leads every
// request to the next handler, or ends it for reasons that have nothing to do
// with who calls, and tells the next handler nothing. Each was read, and a test
// runs it. They are not read again: their packages are large.
var passing = map[string]bool{
	ginPath + ".Logger":              true,
	ginPath + ".LoggerWithFormatter": true, // the function is given what was logged, after the handlers
	ginPath + ".Recovery":            true,

	echoPath + "/middleware.Logger":         true,
	echoPath + "/middleware.Recover":        true,
	echoPath + "/middleware.RequestID":      true,
	echoPath + "/middleware.Gzip":           true,
	echoPath + "/middleware.Secure":         true,
	echoPath + "/middleware.BodyLimit":      true,
	echoPath + "/middleware.CORS":           true, // answers preflight requests itself
	echoPath + "/middleware.CORSWithConfig": true, // its functions are given the origin alone
}
