// Command child is a child, and nothing else.
package main

import "github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"

func main() { sandbox.ChildMain() }
