package jwtbearer

import "golang.org/x/oauth2/jwt" // want "credential: import of golang.org/x/oauth2/jwt"

func New(email string, key []byte) *jwt.Config { return &jwt.Config{Email: email, PrivateKey: key} }
