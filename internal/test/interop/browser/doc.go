// Package browser has only a test: a real browser reads the simulator's page while certificates rotate. It is a module of
// its own, so that nothing else depends on the library that drives the browser.
package browser
