// Package study asks how much the parts of a prompt matter: the order of its
// shots, each block, shot and resource, how many shots there are, and how varied
// the answers are. It lays a question out in arms and reads what came back. It
// knows no models, runs no calls and draws only by a given seed.
//
// Every study holds something that changes nothing beside what it asks about: the
// same order again, the whole prompt again, the same temperature. What differs
// there is chance, and only what goes beyond it is said to matter.
package study
