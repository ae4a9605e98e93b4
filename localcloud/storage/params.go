package storage

import (
	"slices"
	"strings"
)

// jsonUndone are the query parameters of Google's JSON API that change what a call does and that
// the service does not do. Any other that an operation does not know is ignored, as Google does.
const jsonUndone = "predefinedAcl predefinedDefaultObjectAcl destinationPredefinedAcl kmsKeyName destinationKmsKeyName " +
	"softDeleted restoreToken copySourceAcl generateNewUploadId enableObjectRetention overrideUnlockedRetention matchGlob filter " +
	"includeFoldersAsPrefixes uploadProtocol callback $alt $fields X-HTTP-Method-Override deleteSourceObjects dropContextGroups"

// checkParams refuses query parameters that the call's operation does not do, forgets those to
// ignore, and reads those that shape its answer.
func (c *call) checkParams() error {
	for name, values := range c.query {
		switch {
		case slices.Contains(c.route.knownParams(), name):
		case c.xml():
			return unsupported("Query parameter %s is not supported here.", name)
		case !slices.Contains(strings.Fields(jsonUndone), name), values[0] == "", values[0] == "false":
			delete(c.query, name) // Google's clients send the defaults of what they know
			continue
		default:
			return unsupported("Query parameter %s is not supported here.", name)
		}
		if len(values) > 1 && name != "permissions" {
			return invalid("Query parameter %s stands twice.", name)
		}
	}
	if alt := c.param("alt"); alt != "" && alt != "json" && alt != "media" {
		return unsupported("alt=%s is not supported.", alt)
	}
	if v := c.param("fields"); v != "" && c.route.answers != nil {
		var err error
		c.fields, err = selectFields(v, c.route.answers)
		return err
	}
	return nil
}

// knownParams are the query parameters that an operation knows.
func (r route) knownParams() []string {
	xml := strings.HasPrefix(r.pattern, "/{")
	switch {
	case xml && r.bySession:
		return strings.Fields(r.params)
	case xml:
		return strings.Fields(xmlParams + " " + r.params)
	}
	return strings.Fields(jsonParams + " " + r.params)
}
