package resources_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// instance is an address of a configuration: what the state contains for it, and what the configuration says.
type instance struct {
	typ     string
	state   *tfprotov6.DynamicValue // nil: it is not in the state
	config  *tfprotov6.DynamicValue // nil: it is not in the configuration, so it is destroyed
	tainted bool
	replace bool // with the option -replace
	blind   bool // with the option -refresh=false
	early   bool // planned, then refreshed: Terraform 1.9 to 1.11 do that with an instance that has left the configuration
}

// outcome is the plan of an instance.
type outcome struct {
	instance

	replaced bool
	says     []string // the summaries of the diagnostics that the CLI prints, sorted
	details  string   // the texts of all of them
	result   *tfprotov6.PlanResourceChangeResponse
}

// orders are the two orders in which plan can begin with instances.
var orders = map[string]func(i, n int) int{
	"in order": func(i, _ int) int { return i }, "reversed": func(i, n int) int { return n - i },
}

// versions are the orders of versions of Terraform.
var versions = map[string]struct {
	of    func(i, n int) int
	early bool
}{
	"in order": {orders["in order"], false}, "reversed": {orders["reversed"], false},
	"in order, by Terraform 1.11": {orders["in order"], true}, "reversed, by Terraform 1.11": {orders["reversed"], true},
}

// plan refreshes and plans instances with a new provider, as a CLI does: all of them at the same time, except for the milliseconds
// that their order takes. The results are in the order of the instances.
func (s *stage) plan(order func(i, n int) int, instances ...instance) []outcome {
	s.t.Helper()
	s.rpc = s.w.RPC()
	plans := make([]outcome, len(instances))
	var all sync.WaitGroup
	for i, one := range instances {
		all.Go(func() {
			time.Sleep(time.Duration(order(i, len(instances))) * time.Millisecond)
			plans[i] = s.planOne(one)
		})
	}
	all.Wait()
	return plans
}

// planOne refreshes and plans one instance. Terraform plans a tainted instance as if it were not in the state. It plans a replacement
// twice: the second time as a creation, with the private state of the first plan and without showing the warnings.
func (s *stage) planOne(one instance) outcome {
	p := outcome{instance: one}
	null := s.rpc.Null(one.typ)
	if one.early {
		p.config, p.result = null, s.rpc.PlanWith(one.typ, null, one.state, nil, nil)
		p.say(p.result.Diagnostics, true)
		if !slices.ContainsFunc(p.result.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }) {
			p.refresh(s)
		}
		return p
	}
	var private []byte
	switch {
	case p.state == nil:
		p.state = null
	case !one.blind:
		private = p.refresh(s)
	}
	if p.config == nil {
		p.config = null
		if s.rpc.Read(p.state, s.rpc.ResourceType(one.typ)) == nil {
			return p // the refresh has removed it, so there is nothing to destroy
		}
	}
	prior := p.state
	if one.tainted {
		prior, private = null, nil
	}
	p.result = s.rpc.PlanWith(one.typ, p.config, prior, nil, private)
	p.say(p.result.Diagnostics, true)
	if p.replaced = one.replace || len(p.result.RequiresReplace) > 0; p.replaced {
		p.result = s.rpc.PlanWith(one.typ, p.config, null, nil, p.result.PlannedPrivate)
		p.say(p.result.Diagnostics, false)
	}
	return p
}

// refresh refreshes the state of the instance. It returns the private state.
func (p *outcome) refresh(s *stage) []byte {
	s.t.Helper()
	read, err := s.rpc.ReadResource(s.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: p.typ, CurrentState: p.state})
	if err != nil {
		s.t.Error(err)
		return nil
	}
	p.say(read.Diagnostics, true)
	p.state = read.NewState
	return read.Private
}

// early makes the instances such as Terraform 1.9 to 1.11 plan them. It reports whether that makes a difference.
func early(instances []instance) (differ bool) {
	for i, one := range instances {
		instances[i].early = one.config == nil && !one.blind
		differ = differ || instances[i].early
	}
	return differ
}

// applyPlan applies a plan as it is, with a new provider.
func (s *stage) applyPlan(p outcome) *tfprotov6.ApplyResourceChangeResponse {
	s.t.Helper()
	s.rpc = s.w.RPC()
	prior := p.state
	if p.replaced || p.tainted {
		prior = s.rpc.Null(p.typ)
	}
	return s.apply(p.typ, p.config, prior, p.result)
}

// apply applies a plan as it is.
func (s *stage) apply(typ string, config, prior *tfprotov6.DynamicValue, plan *tfprotov6.PlanResourceChangeResponse) *tfprotov6.ApplyResourceChangeResponse {
	s.t.Helper()
	answer, err := s.rpc.ApplyResourceChange(s.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typ, PriorState: prior, PlannedState: plan.PlannedState, Config: config, PlannedPrivate: plan.PlannedPrivate,
	})
	acctest.NoError(s.t, err)
	return answer
}

// changed returns a configuration in which one attribute has another value.
func (s *stage) changed(typ string, config *tfprotov6.DynamicValue, attribute string, value tftypes.Value) *tfprotov6.DynamicValue {
	s.t.Helper()
	attributes := s.rpc.Read(config, s.rpc.ResourceType(typ))
	attributes[attribute] = value
	return s.rpc.Object(s.rpc.ResourceType(typ), attributes)
}

// nounOf returns what texts call a type of resource: "zone certificate".
func nounOf(typ string) string {
	return strings.ReplaceAll(strings.TrimPrefix(typ, "origintls_"), "_", " ")
}

// summaries returns the summaries of the diagnostics.
func summaries(diags []*tfprotov6.Diagnostic) (all []string) {
	for _, d := range diags {
		all = append(all, d.Summary)
	}
	return all
}

// advises fails unless the texts of the plan say what to do.
func (p *outcome) advises(t *testing.T) {
	t.Helper()
	for summary, advice := range map[string][]string{
		saysMoved:     {"What to do: add a moved block", "\nmoved {\n  from = " + p.typ + ".OLD"},
		saysRecreated: {"What to do: run `terraform untaint ADDRESS` and plan again."},
		saysBoth:      {"`terraform state rm 'ADDRESS'`", "\nremoved {\n  from = " + p.typ + ".OLD # the address that you no longer need\n  lifecycle {\n    destroy = false\n"},
	} {
		for _, text := range advice {
			if slices.Contains(p.says, summary) && !strings.Contains(p.details, text) {
				t.Errorf("the plan says %q, but not %q: %s", p.says, text, p.details)
			}
		}
	}
}

func (p *outcome) say(diags []*tfprotov6.Diagnostic, warnings bool) {
	for _, d := range diags {
		if warnings || d.Severity == tfprotov6.DiagnosticSeverityError {
			p.says = append(p.says, d.Summary)
			p.details += d.Detail + "\n"
		}
	}
	slices.Sort(p.says)
}
