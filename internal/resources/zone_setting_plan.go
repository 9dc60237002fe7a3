package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
)

var _ resource.ResourceWithModifyPlan = &setting{}

// ModifyPlan implements resource.ResourceWithModifyPlan. It changes nothing; but terraform-plugin-framework 1.19 defers
// the plan of a resource that is plansDeferred only if it has this method.
func (r *setting) ModifyPlan(context.Context, resource.ModifyPlanRequest, *resource.ModifyPlanResponse) {
}
