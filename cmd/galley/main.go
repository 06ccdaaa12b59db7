// Command galley is a terminal workbench for prompts.
package main

func main() {}
