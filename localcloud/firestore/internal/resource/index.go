package resource

import "strings"

// ParseCollectionGroup parses "projects/P/databases/D/collectionGroups/C".
func ParseCollectionGroup(name string) (d Database, group string, err error) {
	d, group, rest, err := cutCollectionGroup(name)
	if err == nil && rest != "" {
		err = invalid("%q is not the name of a collection group", name)
	}
	return d, group, err
}

// ParseField parses "projects/P/databases/D/collectionGroups/C/fields/F". F may be any path of a
// field, as requests write it: between backquotes a name may hold slashes.
func ParseField(name string) (d Database, group, path string, err error) {
	d, group, rest, err := cutCollectionGroup(name)
	if err != nil {
		return Database{}, "", "", err
	}
	path, ok := strings.CutPrefix(rest, "fields/")
	if !ok || path == "" {
		return Database{}, "", "", invalid("%q is not the name of a field", name)
	}
	return d, group, path, nil
}

// CheckIndex reports whether name has the form
// "projects/P/databases/D/collectionGroups/C/indexes/I".
func CheckIndex(name string) error {
	_, _, rest, err := cutCollectionGroup(name)
	if err != nil {
		return err
	}
	if id, ok := strings.CutPrefix(rest, "indexes/"); !ok || id == "" || strings.Contains(id, "/") {
		return invalid("%q is not the name of an index", name)
	}
	return nil
}

func cutCollectionGroup(name string) (d Database, group, rest string, err error) {
	d, below, err := cutDatabase(name)
	if err != nil {
		return Database{}, "", "", err
	}
	below, ok := strings.CutPrefix(below, "collectionGroups/")
	group, rest, _ = strings.Cut(below, "/")
	if !ok || group == "" {
		return Database{}, "", "", invalid("%q names no collection group", name)
	}
	return d, group, rest, nil
}
