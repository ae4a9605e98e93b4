package firestore

import (
	"cmp"
	"path"
	"slices"
	"time"
)

// DatabaseInfo is what the console shows of a database.
type DatabaseInfo struct {
	ID       string
	Location string
	Created  time.Time
}

// Databases returns the databases there are, by id. It is for the cloud's own use: no permission is asked.
func (s *Server) Databases() []DatabaseInfo {
	var all []DatabaseInfo
	for _, d := range s.store.Databases() {
		all = append(all, DatabaseInfo{ID: path.Base(d.Name), Location: d.LocationId, Created: d.CreateTime.AsTime()})
	}
	slices.SortFunc(all, func(a, b DatabaseInfo) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
