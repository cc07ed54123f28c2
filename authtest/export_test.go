package authtest

// UpToDateIn is UpToDate for a test whose working directory is dir.
var UpToDateIn = upToDate
