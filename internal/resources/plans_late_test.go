package resources_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Terraform plans a limited number of addresses at the same time. If it has planned so many destructions before the creations that the
// apply would remove some of the objects, the plan is refused.
func TestPlans_MoreMovesThanAPlanCanSee(t *testing.T) {
	for name, c := range map[string]struct {
		moves    int
		from, to string
		refused  int // number of errors
	}{
		"few":             {5, singleName, singleName, 0},
		"few into one":    {5, singleName, assocName, 0},
		"few out of one":  {5, assocName, singleName, 0},
		"many":            {8, singleName, singleName, 1},
		"many into one":   {6, singleName, assocName, 1},
		"many out of one": {6, assocName, singleName, 1},
	} {
		t.Run(name, func(t *testing.T) {
			onHostnames(t, func(h *hostnamePlans) {
				all := func(typ string, of func(string, ...string) *tfprotov6.DynamicValue) (values []*tfprotov6.DynamicValue) {
					if typ == assocName {
						return append(values, of(typ, numbered(c.moves)...))
					}
					for _, hostname := range numbered(c.moves) {
						values = append(values, of(typ, hostname))
					}
					return values
				}
				var instances []instance
				for _, state := range all(c.from, h.applied) {
					instances = append(instances, instance{typ: c.from, state: state})
				}
				destroyed := len(instances)
				for _, config := range all(c.to, h.config) {
					instances = append(instances, instance{typ: c.to, config: config})
				}
				later := func(i, _ int) int { return min(1, i/destroyed) * 60_000 } // milliseconds: the creations follow long after the destructions
				refused := 0
				for _, p := range h.plan(later, instances...)[destroyed:] {
					if strings.Contains(p.details, "such as -parallelism=200") {
						refused++
					}
					if !slices.Equal(p.says, []string{saysMoved}) {
						t.Errorf("says %q: %s", p.says, p.details)
					}
				}
				if refused != c.refused {
					t.Errorf("%d errors, want %d", refused, c.refused)
				}
			})
		})
	}
}
