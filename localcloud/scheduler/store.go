package scheduler

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/proto"
)

var jobsBucket = []byte("jobs") // name -> record

// record is a job on disk.
type record struct {
	Job      []byte // google.cloud.scheduler.v1.Job
	Due      time.Time
	Runs     []run     `json:",omitempty"`
	Attempts []Attempt `json:",omitempty"`
}

// openDB opens the database in dir, which it creates if missing. It fails when another process has
// it open.
func openDB(dir string) (*bbolt.DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("scheduler: %w", err)
	}
	db, err := bbolt.Open(filepath.Join(dir, "scheduler.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("scheduler: open %s: %w", dir, err)
	}
	return db, nil
}

// load reads all jobs.
func (s *Service) load() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(jobsBucket)
		if err != nil {
			return err
		}
		return b.ForEach(func(k, v []byte) error {
			j, err := readJob(v)
			if err != nil {
				return fmt.Errorf("scheduler: job %s: %w", k, err)
			}
			j.reopen(s.cfg.Now())
			s.jobs[string(k)] = j
			return nil
		})
	})
}

func readJob(v []byte) (*job, error) {
	var r record
	if err := json.Unmarshal(v, &r); err != nil {
		return nil, err
	}
	j := &job{pb: new(schedulerpb.Job), due: r.Due, runs: r.Runs, attempts: r.Attempts}
	if err := proto.Unmarshal(r.Job, j.pb); err != nil {
		return nil, err
	}
	var err error
	j.schedule, err = parseSchedule(j.pb.Schedule, j.pb.TimeZone)
	return j, err
}

// put writes jobs, and drops those that are nil, in one transaction; the service knows them once it
// is committed. The service's lock is held.
func (s *Service) put(changed map[string]*job) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(jobsBucket)
		for name, j := range changed {
			if j == nil {
				if err := b.Delete([]byte(name)); err != nil {
					return err
				}
				continue
			}
			pb, err := proto.Marshal(j.pb)
			if err != nil {
				return err
			}
			v, err := json.Marshal(record{Job: pb, Due: j.due, Runs: j.runs, Attempts: j.attempts})
			if err != nil {
				return err
			}
			if err := b.Put([]byte(name), v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for name, j := range changed {
		if j == nil {
			delete(s.jobs, name)
		} else {
			s.jobs[name] = j
		}
	}
	return nil
}
