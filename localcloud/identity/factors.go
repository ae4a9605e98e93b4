package identity

import (
	"slices"
	"strings"
	"time"
)

const maxFactors = 5

// factor is an enrolled second factor: a phone number, which is only kept, or a TOTP secret.
type factor struct {
	ID          string
	DisplayName string
	Phone       string // E.164
	Secret      string // RFC 4648 Base32
	LastStep    int64  // of the latest code accepted: an interval since 1970
	Enrolled    time.Time
}

// factorJSON is google.cloud.identitytoolkit.v1.MfaEnrollment.
type factorJSON struct {
	ID          string    `json:"mfaEnrollmentId,omitempty"`
	DisplayName string    `json:"displayName,omitempty"`
	Phone       string    `json:"phoneInfo,omitempty"`
	TOTP        *struct{} `json:"totpInfo,omitempty"`
	EnrolledAt  string    `json:"enrolledAt,omitempty"`
}

func (f factor) json() factorJSON {
	v := factorJSON{ID: f.ID, DisplayName: f.DisplayName, Phone: f.Phone, EnrolledAt: f.Enrolled.UTC().Format(time.RFC3339Nano)}
	if f.Secret != "" {
		v.TOTP = &struct{}{}
	}
	return v
}

// challenge is f as it is shown to somebody who has given only the first factor: of a phone number,
// the last digits.
func (f factor) challenge() factorJSON {
	v := f.json()
	if n := len(v.Phone); n > 4 {
		v.Phone = "+" + strings.Repeat("*", n-5) + v.Phone[n-4:]
	}
	return v
}

// enroll replaces the account's second factors by those that an administrator lists. One with the
// id of a factor that is there keeps its secret and its time; a new one is a phone number, for only
// its user enrols a TOTP.
func (a *account) enroll(list []factorJSON, now time.Time) error {
	if len(list) > maxFactors {
		return bad("SECOND_FACTOR_LIMIT_EXCEEDED")
	}
	var factors []factor
	for _, v := range list {
		f := factor{ID: newID(20, localIDAlphabet), Enrolled: now.UTC()}
		if i := slices.IndexFunc(a.Factors, func(f factor) bool { return v.ID != "" && f.ID == v.ID }); i >= 0 {
			f = a.Factors[i]
		} else if v.ID != "" {
			f.ID = v.ID
		}
		f.DisplayName = v.DisplayName
		switch {
		case v.TOTP != nil && v.Phone == "" && f.Secret != "":
		case v.TOTP == nil && v.Phone != "" && f.Secret == "":
			if err := checkPhone(v.Phone); err != nil {
				return err
			}
			f.Phone = v.Phone
		default:
			return bad("INVALID_MFA_ENROLLMENT")
		}
		same := func(g factor) bool { return g.ID == f.ID || f.Phone != "" && g.Phone == f.Phone }
		if slices.ContainsFunc(factors, same) {
			return bad("DUPLICATE_MFA_ENROLLMENT_ID")
		}
		factors = append(factors, f)
	}
	a.Factors = factors
	return nil
}

// totpFactor is the account's TOTP, if it has one and, when id is not empty, if that is its id.
func (a *account) totpFactor(id string) *factor {
	for i := range a.Factors {
		if f := &a.Factors[i]; f.Secret != "" && (id == "" || id == f.ID) {
			return f
		}
	}
	return nil
}
