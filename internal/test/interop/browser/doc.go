// Package browser has only a test. In it, a real browser reads the simulator's page while certificates rotate. It is a separate
// module, so that nothing else depends on the library that drives the browser.
package browser
