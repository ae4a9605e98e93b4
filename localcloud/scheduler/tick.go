package scheduler

import (
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
)

// look is how often jobs are looked at, while there are any: their time is the cloud's, which can
// be moved, so that no timer would know when one is due.
const look = 100 * time.Millisecond

func (s *Service) run() {
	for {
		s.Tick()
		var timer <-chan time.Time
		s.mu.Lock()
		if len(s.jobs) > 0 {
			timer = time.After(look)
		}
		s.mu.Unlock()
		select {
		case <-s.ctx.Done():
			return
		case <-s.woken:
		case <-timer:
		}
	}
}

func (s *Service) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// Tick begins every execution that is due. When it returns, these are on disk and their attempts
// under way; it does not wait for answers.
func (s *Service) Tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return
	}
	now := s.cfg.Now()
	changed := map[string]*job{}
	begun := map[*schedulerpb.Job][]run{}
	for name, j := range s.jobs {
		if !j.waiting(now) {
			continue
		}
		j = j.clone()
		if begin, some := j.advance(now); some {
			changed[name], begun[j.pb] = j, begin
		}
	}
	if len(changed) == 0 || !s.kept(s.put(changed)) {
		return
	}
	for pb, runs := range begun {
		for _, r := range runs {
			s.group.Go(func() { s.attempt(pb, r) })
		}
	}
}

// waiting reports whether the job may have something to begin.
func (j *job) waiting(now time.Time) bool {
	if j.enabled() && !j.due.After(now) {
		return true
	}
	for _, r := range j.runs {
		if !r.out && !r.Next.After(now) {
			return true
		}
	}
	return false
}

// settle records what became of an attempt. A job that was deleted meanwhile has nothing to record.
func (s *Service) settle(name, id string, a Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[name]
	if j == nil {
		return
	}
	j = j.clone()
	j.settle(id, a, s.cfg.Now())
	if !s.kept(s.put(map[string]*job{name: j})) {
		s.jobs[name] = j // in memory alone: the attempt is not under way, whatever the disk says
	}
}

// kept reports whether err is none. It logs one that is new: a full disk is full at every look.
func (s *Service) kept(err error) bool {
	if err == nil {
		s.said = ""
		return true
	}
	if s.said != err.Error() {
		s.said = err.Error()
		s.cfg.Logger.ErrorContext(s.ctx, "scheduler: executions not recorded", "error", err)
	}
	return false
}
