package main

import (
	"context"
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// writeCase is a commit of some writes. Those that are to meet the update time of a document carry
// current, which is replaced with the time that the document has on the side.
type writeCase struct {
	world  world
	writes []*firestorepb.Write
}

// current stands for a document's own update time.
var current = &timestamppb.Timestamp{Seconds: 4242}

// names returns the documents that are written, each once.
func (w *writeCase) names() []string {
	var out []string
	for _, pb := range w.writes {
		if name := nameOf(pb); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func nameOf(w *firestorepb.Write) string {
	if name := w.GetDelete(); name != "" {
		return name
	}
	return w.GetUpdate().GetName()
}

// undo deletes the documents.
func (w *writeCase) undo() *writeCase {
	out := &writeCase{world: w.world}
	for _, name := range w.names() {
		out.writes = append(out.writes, &firestorepb.Write{Operation: &firestorepb.Write_Delete{Delete: name}})
	}
	return out
}

// forSide returns the writes with the update times of the side.
func (w *writeCase) forSide(ctx context.Context, s *side) ([]*firestorepb.Write, error) {
	docs, err := s.get(ctx, w.world, w.names())
	if err != nil {
		return nil, err
	}
	var out []*firestorepb.Write
	for _, pb := range w.writes {
		pb = proto.Clone(pb).(*firestorepb.Write)
		if proto.Equal(pb.GetCurrentDocument().GetUpdateTime(), current) {
			for _, d := range docs {
				if d.Name == nameOf(pb) {
					pb.CurrentDocument.ConditionType = &firestorepb.Precondition_UpdateTime{UpdateTime: d.UpdateTime}
				}
			}
		}
		out = append(out, pb)
	}
	return out, nil
}

// write draws a commit.
func (r random) write() *writeCase {
	w := &writeCase{world: r.world}
	for _, i := range r.Perm(3)[:pick(r, 1, 1, 1, 2, 3)] { // each document once: see exceptions.go
		w.writes = append(w.writes, r.oneWrite(r.document("w", []string{"a", "b", "c"}[i])))
	}
	return w
}

func (r random) oneWrite(name string) *firestorepb.Write {
	w := &firestorepb.Write{Operation: &firestorepb.Write_Delete{Delete: name}}
	if !r.chance(6) {
		doc := &firestorepb.Document{Name: name, Fields: r.fields(1, []string{"a", "b", "m"})}
		if r.chance(2) {
			doc.Fields["m"] = object(r.fields(1, []string{"a", "b"}))
		}
		w.Operation = &firestorepb.Write_Update{Update: doc}
		if r.chance(2) {
			w.UpdateMask = &firestorepb.DocumentMask{}
			for range r.IntN(4) {
				w.UpdateMask.FieldPaths = append(w.UpdateMask.FieldPaths, r.writtenPath())
			}
		}
		if r.chance(3) {
			for range r.IntN(3) + 1 {
				w.UpdateTransforms = append(w.UpdateTransforms, r.transform())
			}
		}
	}
	if r.chance(4) {
		w.CurrentDocument = r.precondition()
	}
	return w
}

// writtenPath draws a path of a mask or a transform.
func (r random) writtenPath() string {
	if r.chance(60) {
		return pick(r, badPaths...)
	}
	return pick(r, "a", "b", "m", "m.a", "m.b", "m.a.b", "missing", "`a`", "n.a")
}

func (r random) precondition() *firestorepb.Precondition {
	switch r.IntN(5) {
	case 0, 1:
		return &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_Exists{Exists: true}}
	case 2:
		return &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_Exists{Exists: false}}
	case 3:
		return &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_UpdateTime{UpdateTime: current}}
	}
	return &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_UpdateTime{
		UpdateTime: &timestamppb.Timestamp{Seconds: 1_600_000_000}}}
}

func (r random) transform() *firestorepb.DocumentTransform_FieldTransform {
	t := &firestorepb.DocumentTransform_FieldTransform{FieldPath: r.writtenPath()}
	number := func() *firestorepb.Value {
		if r.chance(20) {
			return r.value(1)
		}
		return pick(r, integer(r.integer()), double(r.double()))
	}
	elements := func() *firestorepb.ArrayValue { return r.list(1).GetArrayValue() }
	switch r.IntN(6) {
	case 0:
		t.TransformType = &firestorepb.DocumentTransform_FieldTransform_SetToServerValue{
			SetToServerValue: firestorepb.DocumentTransform_FieldTransform_REQUEST_TIME}
	case 1:
		t.TransformType = &firestorepb.DocumentTransform_FieldTransform_Increment{Increment: number()}
	case 2:
		t.TransformType = &firestorepb.DocumentTransform_FieldTransform_Maximum{Maximum: number()}
	case 3:
		t.TransformType = &firestorepb.DocumentTransform_FieldTransform_Minimum{Minimum: number()}
	case 4:
		t.TransformType = &firestorepb.DocumentTransform_FieldTransform_AppendMissingElements{AppendMissingElements: elements()}
	case 5:
		t.TransformType = &firestorepb.DocumentTransform_FieldTransform_RemoveAllFromArray{RemoveAllFromArray: elements()}
	}
	return t
}
