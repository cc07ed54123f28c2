package authgen_test

import (
	"os"
	"testing"

	"github.com/authgen/authgen/internal/consumer"
)

func TestMain(m *testing.M) {
	os.Exit(consumer.Main(m))
}
