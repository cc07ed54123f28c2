package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// parsePEM reads one public key or certificate.
func parsePEM(data []byte) (*verifyKey, error) {
	block, rest := pem.Decode(data)
	if block == nil {
		return nil, errors.New("it is no PEM")
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("there is more than one PEM block")
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = certificate.PublicKey
		}
	default:
		return nil, fmt.Errorf("the PEM block %.40q is no public key or certificate", block.Type)
	}
	if err != nil {
		return nil, errors.New("the PEM block does not hold what it says")
	}
	reason := ""
	switch k := key.(type) {
	case *rsa.PublicKey:
		reason = unfitRSA(k)
	case ed25519.PublicKey:
		reason = unfitEd25519(k)
	case *ecdsa.PublicKey: // x509 checked that the point is on its curve
	default:
		reason = "its type is not supported"
	}
	if reason != "" {
		return nil, fmt.Errorf("the key cannot be used: %s", reason)
	}
	v := &verifyKey{key: key}
	v.kty, v.crv = keyType(key)
	return v, nil
}
