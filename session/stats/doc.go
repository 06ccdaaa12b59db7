// Package stats is the arithmetic of judgments: numbers in, numbers and
// sentences out. It knows no prompts, runs or people; who counts what is its
// callers' business.
package stats
