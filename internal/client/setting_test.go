package client

import (
	"testing"
	"testing/synctest"
)

// A reset of the setting waits for the zone's turn, and a write of the setting begins meanwhile. The reset gives way: after the
// write, it would turn off what another resource of the same apply has just turned on.
func TestAResetGivesWayToAWriteThatBeginsMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := inTurn(ok(`{"enabled":false}`))
		z := newZone(t, api)
		if err := z.turn.Acquire(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- z.Setting.Reset(t.Context(), false) }()
		synctest.Wait() // the reset waits for its turn
		write := z.Ledger.begin(SettingKey())
		z.turn.Release(1)
		write.end(nil)
		if err := <-done; err != nil || len(api.asked) > 0 {
			t.Errorf("%v, %v", err, api.asked)
		}
	})
}
