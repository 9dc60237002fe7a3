package simulator

import (
	"encoding/json"
	"net/http"
)

// The zone-level switch. It is false by default and is never deleted, and reads show a change immediately (section 4).

func (st *store) getSetting(c call) reply {
	r := st.setting(c)
	if st.behaviour.SettingsAnswer202 {
		r.status = http.StatusAccepted // section 1a, observed
	}
	return r
}

func (st *store) setting(c call) reply {
	return success(wireSetting{Enabled: st.zone(c.zone).enabled, FutureField: future(&st.behaviour)})
}

// putSetting changes the setting. A body without enabled is refused (invented).
func (st *store) putSetting(c call) reply {
	var set wireSet
	if err := json.Unmarshal(c.body, &set); err != nil || set.Enabled == nil {
		return failure(http.StatusBadRequest, errBadBody)
	}
	st.zone(c.zone).enabled = *set.Enabled
	return st.setting(c)
}
