package iam

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

const (
	maxConditions = 4096  // compiled ones that are kept
	maxExpression = 4096  // bytes of one
	maxCost       = 10000 // of one evaluation, in CEL's units
)

// condition is the compiled condition of a binding.
type condition struct {
	expression string
	program    cel.Program
}

// environment is what a condition may speak of: resource.name, resource.type, resource.service,
// request.time and the attributes of api, with the functions of CEL's standard and Google's extract
// and hasOnly. There are no macros, so no loops.
var environment = func() *cel.Env {
	anything := cel.TypeParamType("T")
	env, err := cel.NewEnv(
		cel.ClearMacros(),
		cel.Variable("resource.name", cel.StringType),
		cel.Variable("resource.type", cel.StringType),
		cel.Variable("resource.service", cel.StringType),
		cel.Variable("request.time", cel.TimestampType),
		cel.Function("extract", cel.MemberOverload("string_extract_string",
			[]*cel.Type{cel.StringType, cel.StringType}, cel.StringType, cel.BinaryBinding(extract))),
		cel.Variable("api", apiType),
		cel.Function("getAttribute", cel.MemberOverload("api_get_attribute",
			[]*cel.Type{apiType, cel.StringType, anything}, anything, cel.FunctionBinding(getAttribute))),
		cel.Function("hasOnly", cel.MemberOverload("list_has_only_list",
			[]*cel.Type{cel.ListType(anything), cel.ListType(anything)}, cel.BoolType, cel.BinaryBinding(hasOnly))),
	)
	if err != nil {
		panic(err) // the declarations above are at fault
	}
	return env
}()

// compile returns the condition of an expression. Equal expressions share one. The error says what
// does not compile.
func (s *Service) compile(expression string) (*condition, error) {
	if c, ok := s.conditions.Get(expression); ok {
		return c, nil
	}
	if len(expression) > maxExpression {
		return nil, fmt.Errorf("the expression is longer than %d bytes", maxExpression)
	}
	ast, issues := environment.Compile(expression)
	if err := issues.Err(); err != nil {
		return nil, err
	}
	if ast.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("the expression yields %s, not bool", ast.OutputType())
	}
	program, err := environment.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, err
	}
	c := &condition{expression: expression, program: program}
	s.conditions.Add(expression, c)
	return c, nil
}

// holds evaluates the condition. An error, too costly an evaluation among them, is false.
func (c *condition) holds(r Resource, now time.Time) bool {
	result, _, err := c.program.Eval(map[string]any{
		"resource.name":    r.Name,
		"resource.type":    r.Type,
		"resource.service": r.Service,
		"request.time":     now,
		"api":              api(r.Attributes),
	})
	return err == nil && result == types.True
}

// extract is Google's: "projects/p/orders/7".extract("/orders/{id}") is "7". What stands for {id}
// ends where the rest of the template begins, or at the end when nothing follows. A text that does
// not match yields "".
func extract(text, template ref.Val) ref.Val {
	prefix, rest, ok := strings.Cut(string(template.(types.String)), "{")
	if !ok {
		return types.NewErr("extract: the template %q has no {}", template)
	}
	_, suffix, ok := strings.Cut(rest, "}")
	if !ok {
		return types.NewErr("extract: the template %q has no }", template)
	}
	_, found, ok := strings.Cut(string(text.(types.String)), prefix)
	if !ok {
		return types.String("")
	}
	if suffix == "" {
		return types.String(found)
	}
	if found, _, ok = strings.Cut(found, suffix); !ok {
		return types.String("")
	}
	return types.String(found)
}
