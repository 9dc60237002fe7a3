package simulator

import (
	"sync"
	"testing"
)

// TestManyAtOnce makes concurrent requests for the race detector.
func TestManyAtOnce(t *testing.T) {
	h := start(t)
	id := h.deployed(HostnameCertificate)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				h.put(row(api, id, yes))
				h.do("GET", hostnamePath+"/"+api, "")
				h.do("GET", certPath, "")
				h.later(1)
				h.s.Behave(func(b *Behaviour) { b.ExtraFields = !b.ExtraFields })
				h.s.AddFault(Fault{Times: 1, Do: Action{Status: 500}})
				h.s.Presents(zoneA, api)
				h.s.Dump()
				h.s.Requests()
				h.s.ClearRequests()
				h.s.ClearFaults()
			}
		})
	}
	group.Wait()
	h.s.Reset()
}
