//go:build race

package acctest

// raceDetector says that the tests run under the race detector, and so is the provider that they build.
const raceDetector = true
